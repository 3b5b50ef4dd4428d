#include "plan/package/package_paths.hpp"

#include <algorithm>
#include <array>

namespace immure::plan {
namespace {

/// Directories of which nothing goes into an image. /bin and /lib stand for /usr/bin and /usr/lib here.
constexpr auto kLeftOut = std::to_array<std::string_view>({
    "/boot/",
    "/dev/",
    "/etc/X11/",
    "/etc/apparmor",
    "/etc/apt/",
    "/etc/bash_completion.d/",
    "/etc/cron",
    "/etc/dbus-1/",
    "/etc/default/",
    "/etc/init.d/",
    "/etc/kernel/",
    "/etc/logrotate.d/",
    "/etc/pam",
    "/etc/ppp/",
    "/etc/rc",
    "/etc/security/",
    "/etc/skel/",
    "/etc/ssh/",
    "/etc/sudoers",
    "/etc/sysctl",
    "/etc/systemd/",
    "/etc/udev/",
    "/etc/ufw/",
    "/etc/update-motd.d/",
    "/home/",
    "/in/",
    "/media/",
    "/mnt/",
    "/out/",
    "/proc/",
    "/root/",
    "/run/",
    "/srv/",
    "/sys/",
    "/tmp/",
    "/usr/include/",
    "/usr/lib/debug/",
    "/usr/lib/environment.d/",
    "/usr/lib/firmware/",
    "/usr/lib/modprobe.d/",
    "/usr/lib/modules/",
    "/usr/lib/sysctl.d/",
    "/usr/lib/systemd/",
    "/usr/lib/sysusers.d/",
    "/usr/lib/tmpfiles.d/",
    "/usr/lib/udev/",
    "/usr/share/aclocal/",
    "/usr/share/appdata/",
    "/usr/share/applications/",
    "/usr/share/apport/",
    "/usr/share/bash-completion/",
    "/usr/share/bug/",
    "/usr/share/common-licenses/",
    "/usr/share/dbus-1/",
    "/usr/share/debconf/",
    "/usr/share/doc-base/",
    "/usr/share/doc/",
    "/usr/share/fish/",
    "/usr/share/gir-1.0/",
    "/usr/share/gnome/help/",
    "/usr/share/gtk-doc/",
    "/usr/share/help/",
    "/usr/share/icons/",
    "/usr/share/info/",
    "/usr/share/initramfs-tools/",
    "/usr/share/installed-tests/",
    "/usr/share/lintian/",
    "/usr/share/locale/",
    "/usr/share/man/",
    "/usr/share/menu/",
    "/usr/share/metainfo/",
    "/usr/share/pixmaps/",
    "/usr/share/pkgconfig/",
    "/usr/share/polkit-1/",
    "/usr/share/reportbug/",
    "/usr/share/ucf/",
    "/usr/share/vala/",
    "/usr/share/xml-core/",
    "/usr/share/zsh/",
    "/usr/src/",
    "/var/backups/",
    "/var/cache/",
    "/var/log/",
    "/var/mail/",
    "/var/run/",
    "/var/spool/",
    "/var/tmp/",
});

/// immure packs nothing whose path has one of these parts below /usr/lib.
constexpr auto kLeftOutParts = std::to_array<std::string_view>({"/pkgconfig/", "/cmake/"});

constexpr auto kGenerated = std::to_array<Generated>({
    {"aspell", "/var/lib/aspell", "", "", true},
    {"ca-certificates-java", "/etc/ssl/certs/java", "cacerts", "", false},
    {"default-jre-headless", "/etc/ssl/certs/java", "cacerts", "", false},
    {"dictionaries-common", "/var/lib/dictionaries-common", "", "", true},
    {"fontconfig-config", "/etc/fonts/conf.d", "", ".conf", false},
    {"ghostscript", "/var/lib/ghostscript", "", "", true},
    {"libc6", "/usr/lib/*/gconv", "gconv-modules.cache", "", false},
    {"libgdk-pixbuf", "/usr/lib/*/gdk-pixbuf-2.0/2.10.0", "loaders.cache", "", false},
    {"libglib2.0-0", "/usr/lib/*/gio/modules", "giomodule.cache", "", false},
    {"libglib2.0-0", "/usr/share/glib-2.0/schemas", "gschemas.compiled", "", false},
    {"libgs-common", "/var/lib/ghostscript", "", "", true},
    {"libgtk-3-0", "/usr/lib/*/gtk-3.0/3.0.0", "immodules.cache", "", false},
    {"libgvc6", "/usr/lib/*/graphviz", "config6a", "", false},
    {"libgvc6-plugins", "/usr/lib/*/graphviz", "config6a", "", false},
    {"openjdk-", "/usr/lib/jvm/*/lib/server", "classes", ".jsa", false},
    {"shared-mime-info", "/usr/share/mime", "", "", false},
    {"tex-common", "/var/lib/texmf", "", "", true},
    {"texlive-base", "/var/lib/texmf", "", "", true},
    {"xml-core", "/etc/xml", "", "", false},
});

}  // namespace

bool is_left_out_of_images(std::string_view path) {
  const auto starts = [&](std::string_view prefix) { return path.starts_with(prefix); };
  constexpr std::string_view kUsr = "/usr";
  if (std::ranges::any_of(kLeftOut, starts)) return true;
  const bool merged = path.starts_with("/lib/") || path.starts_with("/bin/");
  if (merged && std::ranges::any_of(kLeftOut, [&](std::string_view prefix) {
        return prefix.starts_with(kUsr) && path.starts_with(prefix.substr(kUsr.size()));
      }))
    return true;
  if (!starts("/usr/lib/") && !starts("/lib/")) return false;
  // Static libraries are for linkers alone. Libtool's .la files are not: ImageMagick finds its coders by them.
  if (path.ends_with(".a")) return true;
  return std::ranges::any_of(kLeftOutParts, [&](std::string_view part) { return path.contains(part); });
}

std::span<const Generated> generated_data() { return kGenerated; }

}  // namespace immure::plan
