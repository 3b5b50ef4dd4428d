#include <algorithm>
#include <array>

#include "render/html/html_parts.hpp"
#include "text/list.hpp"

namespace immure::render {
namespace {

using evidence::InsideView;
using evidence::Mount;
using evidence::OutsideView;

/// The looks from outside that the format knows. Evidence with more looks fails its tests; the page does not show the
/// others.
constexpr std::size_t kLooks = 2;

/// The columns of the table: the cell's own witness, then the supervisor's looks.
struct Columns {
  const InsideView* inside;
  std::vector<const OutsideView*> outside;
  [[nodiscard]] std::size_t count() const { return 1 + outside.size(); }
};

Columns columns_of(const evidence::Evidence& evidence) {
  Columns columns{evidence.inside ? &*evidence.inside : nullptr, {}};
  for (const OutsideView& view : evidence.outside)
    if (columns.outside.size() < kLooks) columns.outside.push_back(&view);
  return columns;
}

void append_table_head(Page& page, const Columns& columns, Markup first) {
  page.markup("<thead><tr><th scope=\"col\">")
      .markup(first)
      .markup("</th><th scope=\"col\">Inside: the cell itself</th>");
  for (const OutsideView* view : columns.outside)
    page.markup("<th scope=\"col\">Outside: the host’s /proc, ").value(view->moment).markup("</th>");
}

void append_mount(Page& page, const std::vector<Mount>* mounts, std::size_t index) {
  if (mounts == nullptr || index >= mounts->size()) {
    page.markup("<td><em>none</em></td>");
    return;
  }
  const Mount& mount = (*mounts)[index];
  page.markup("<td>").value(mount.point).markup("<small>");
  if (!mount.type.empty()) page.value(mount.type).markup(": ");
  append_list(page, mount.options);
  page.markup("</small></td>");
}

/// Compares mounts like the judge: by mount point and by the four flags that walls consist of.
bool same(const Mount& a, const Mount& b) {
  const auto has = [](const Mount& mount, std::string_view flag) {
    return std::ranges::find(mount.options, flag) != mount.options.end();
  };
  return a.point == b.point && std::ranges::all_of(std::array{"ro", "nosuid", "nodev", "noexec"},
                                                   [&](const char* flag) { return has(a, flag) == has(b, flag); });
}

void append_agreement(Page& page, bool agree) {
  page.markup(agree
                  ? Markup("<td><span class=\"outcome holds\"><span aria-hidden=\"true\">= </span>same</span></td>")
                  : Markup("<td><span class=\"outcome open\"><span aria-hidden=\"true\">≠ </span>DIFFERS</span></td>"));
}

void append_mounts(Page& page, const Columns& columns) {
  std::vector<const std::vector<Mount>*> tables{columns.inside == nullptr ? nullptr : &columns.inside->mounts};
  for (const OutsideView* view : columns.outside) tables.push_back(&view->mounts);
  std::size_t longest = 0;
  for (const auto* table : tables) longest = std::max(longest, table == nullptr ? 0 : table->size());
  page.markup(
      "<h3>Mounts</h3>\n<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"Mount tables\"><table>\n"
      "<caption>The mount tables side by side, as each witness read them");
  if (columns.inside != nullptr) page.markup(" (inside: ").value(columns.inside->mount_source).markup(")");
  page.markup("</caption>\n");
  append_table_head(page, columns, "Mount");
  page.markup("<th scope=\"col\">Witnesses</th></tr></thead>\n<tbody>\n");
  const std::size_t shown = std::min(longest, kMaxListed);
  for (std::size_t i = 0; i < shown; ++i) {
    page.markup("<tr><th scope=\"row\">").number(std::uint64_t{i + 1}).markup("</th>");
    for (const auto* table : tables) append_mount(page, table, i);
    append_agreement(page, std::ranges::all_of(tables, [&](const auto* table) {
                       return table != nullptr && i < table->size() && tables.front() != nullptr &&
                              i < tables.front()->size() && same((*table)[i], (*tables.front())[i]);
                     }));
    page.markup("</tr>\n");
  }
  page.markup("</tbody></table>");
  append_rest(page, shown, longest);
  page.markup("</div>\n");
}

std::string joined(const auto& list, auto&& name) {
  return list.empty() ? "none" : text::list_text(list, kMaxListed, name);
}

std::string number_text(std::uint64_t number) { return std::to_string(number); }
std::string same_text(const std::string& text) { return text; }
std::string limit_text(const evidence::Limit& limit) { return limit.name + " " + limit.soft + "/" + limit.hard; }
std::string namespace_text(const std::pair<const std::string, std::uint64_t>& entry) {
  return entry.first + " " + std::to_string(entry.second);
}
std::string descriptor_text(const evidence::Descriptor& descriptor) {
  return std::to_string(descriptor.number) + " " + descriptor.kind + " " + descriptor.access;
}
std::string capabilities_text(const evidence::Capabilities& held) {
  return "effective " + held.effective + ", permitted " + held.permitted + ", inheritable " + held.inheritable +
         ", bounding " + held.bounding + ", ambient " + held.ambient;
}

std::string inherited_text(const evidence::Inherited& x) {
  return "personality " + x.personality + "; core dump filter " + x.core_filter + "; signals ignored " +
         x.ignored_signals + ", blocked " + x.blocked_signals.value_or("all") + "; groups " +
         joined(x.groups, number_text) + "; nice " + std::to_string(x.nice);
}

/// One fact, from each witness that can know the fact.
struct Fact {
  Markup name;
  std::string (*inside)(const InsideView&);    ///< nullptr: this witness cannot know
  std::string (*outside)(const OutsideView&);  ///< nullptr: this witness cannot know
};
constexpr Fact kFacts[] = {
    {"Capabilities", [](const InsideView& v) { return capabilities_text(v.capabilities); },
     [](const OutsideView& v) { return capabilities_text(v.capabilities); }},
    {"no_new_privs", [](const InsideView& v) { return number_text(v.no_new_privs); },
     [](const OutsideView& v) { return number_text(v.no_new_privs); }},
    {"seccomp mode", [](const InsideView& v) { return number_text(v.seccomp_mode); },
     [](const OutsideView& v) {
       return number_text(v.seccomp_mode) + ", " + number_text(v.seccomp_filters) + " filters";
     }},
    {"securebits", [](const InsideView& v) { return number_text(v.securebits); }, nullptr},
    {"User ids", [](const InsideView& v) { return number_text(v.uid); },
     [](const OutsideView& v) { return joined(v.uids, number_text) + "; map " + v.uid_map; }},
    {"Group ids", [](const InsideView& v) { return number_text(v.gid); },
     [](const OutsideView& v) {
       return joined(v.gids, number_text) + "; map " + v.gid_map + "; setgroups " + v.setgroups;
     }},
    {"Environment names", [](const InsideView& v) { return joined(v.environment, same_text); },
     [](const OutsideView& v) { return joined(v.environment, same_text); }},
    {"Descriptors", [](const InsideView& v) { return joined(v.descriptors, number_text); },
     [](const OutsideView& v) { return joined(v.descriptors, descriptor_text); }},
    {"Namespaces", [](const InsideView& v) { return joined(v.namespaces, namespace_text); },
     [](const OutsideView& v) { return joined(v.namespaces, namespace_text); }},
    {"The host’s own namespaces", nullptr,
     [](const OutsideView& v) { return joined(v.host_namespaces, namespace_text); }},
    {"Resource limits", [](const InsideView& v) { return joined(v.limits, limit_text); },
     [](const OutsideView& v) { return joined(v.limits, limit_text); }},
    {"Control group", nullptr, [](const OutsideView& v) { return joined(v.cgroup, limit_text); }},
    {"Network interfaces", nullptr, [](const OutsideView& v) { return joined(v.net_dev, same_text); }},
    {"Routes", nullptr,
     [](const OutsideView& v) {
       return "v4 " + joined(v.net_route, same_text) + "; v6 " + joined(v.net_ipv6_route, same_text);
     }},
    {"Addresses and sockets", nullptr,
     [](const OutsideView& v) {
       return "v6 " + joined(v.net_if_inet6, same_text) + "; unix " + joined(v.net_unix, same_text) + "; inet " +
              number_text(v.inet_sockets);
     }},
    {"Process number", nullptr, [](const OutsideView& v) { return v.ns_pid; }},
    {"Root and working directory", nullptr, [](const OutsideView& v) { return v.root + ", " + v.cwd; }},
    {"Inherited", nullptr,
     [](const OutsideView& v) { return v.inherited ? inherited_text(*v.inherited) : std::string("not asked"); }},
    {"Terminal", nullptr, [](const OutsideView& v) { return v.tty == 0 ? "none" : number_text(v.tty); }},
};

void append_facts(Page& page, const Columns& columns) {
  page.markup(
      "<h3>What else they saw</h3>\n<details><summary>Privileges, ids, namespaces, descriptors, limits, network "
      "</summary>\n<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"Raw "
      "readings\"><table>\n<caption>Raw readings of both witnesses</caption>\n");
  append_table_head(page, columns, "Fact");
  page.markup("</tr></thead>\n<tbody>\n");
  for (const Fact& fact : kFacts) {
    page.markup("<tr><th scope=\"row\">").markup(fact.name).markup("</th>");
    if (columns.inside == nullptr || fact.inside == nullptr)
      page.markup("<td class=\"quiet\">–</td>");
    else
      page.cell(fact.inside(*columns.inside));
    for (const OutsideView* view : columns.outside) page.cell(fact.outside != nullptr ? fact.outside(*view) : "–");
    page.markup("</tr>\n");
  }
  page.markup("</tbody></table></div></details>\n");
}

}  // namespace

void append_witnesses(Page& page, const evidence::Evidence& evidence) {
  const Columns columns = columns_of(evidence);
  page.markup(
      "<section aria-labelledby=\"witnesses\">\n<h2 id=\"witnesses\">Two witnesses</h2>\n<p>The cell said what "
      "it saw of itself; the supervisor read the same from the host. They have to agree.</p>\n");
  if (columns.inside == nullptr) page.markup("<p><strong>The cell itself said nothing.</strong></p>\n");
  if (columns.outside.empty()) page.markup("<p><strong>There is no observation from outside.</strong></p>\n");
  append_mounts(page, columns);
  append_facts(page, columns);
  page.markup("</section>\n");
}

}  // namespace immure::render
