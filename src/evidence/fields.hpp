/// The JSON form of every struct of evidence.hpp. Each struct has one `visit`, which serves reading and writing. Keys
/// stand in ascending order: RFC 8785 demands this order, and it lets the reader go through a document once.
///
/// A visitor `v` is called in these ways:
/// - v(key, value) for any field; an optional field that is absent is left out
/// - v.digest(key, text) for {"sha256": …}, with exactly 64 hex digits
/// - v.hash(key, text) for 64 hex digits, or an empty text if a run ended before the thing was digested
/// - v.ascending(key, list) for a list that is sorted by name and repeats no name
/// - v.sorted(key, list) for a list that is sorted by name, and that repeats a name if the run observed the name twice
#pragma once

#include <string_view>
#include <type_traits>

#include "evidence/evidence.hpp"

namespace immure::evidence {

/// `T` or `const T`, so that the same list of fields serves reading and writing.
template <class T, class U>
concept Like = std::is_same_v<std::remove_const_t<T>, U>;

/// Calls the visitor's own function for such a list, or, if the visitor has none, handles the list like any other
/// field.
void ascending(auto& v, std::string_view key, auto& list) {
  if constexpr (requires { v.ascending(key, list); }) {
    v.ascending(key, list);
  } else {
    v(key, list);
  }
}
void sorted(auto& v, std::string_view key, auto& list) {
  if constexpr (requires { v.sorted(key, list); }) {
    v.sorted(key, list);
  } else {
    v(key, list);
  }
}
void hash(auto& v, std::string_view key, auto& text) {
  if constexpr (requires { v.hash(key, text); }) {
    v.hash(key, text);
  } else {
    v(key, text);
  }
}

void visit(auto& v, Like<Artifact> auto& x) {
  v.digest("digest", x.sha256);
  v("name", x.name);
}

void visit(auto& v, Like<Answer> auto& x) {
  v("effect", x.effect);
  v("errno", x.errno_value);
  v("ret", x.ret);
}

void visit(auto& v, Like<Control> auto& x) {
  v("effect", x.effect);
  v("errno", x.errno_value);
  v("ret", x.ret);
  v("where", x.where);
}

void visit(auto& v, Like<ProbeRecord> auto& x) {
  v("args", x.args);
  v("attribution", x.attribution);
  v("boundary", x.boundary);
  v("control", x.control);
  v("effect", x.effect);
  v("errno", x.errno_value);
  v("id", x.id);
  v("ret", x.ret);
  v("seq", x.seq);
  v("syscall", x.syscall);
  v("walls", x.walls);
}

void visit(auto& v, Like<Mount> auto& x) {
  ascending(v, "options", x.options);
  v("point", x.point);
  v("type", x.type);
}

void visit(auto& v, Like<Capabilities> auto& x) {
  v("ambient", x.ambient);
  v("bounding", x.bounding);
  v("effective", x.effective);
  v("inheritable", x.inheritable);
  v("permitted", x.permitted);
}

void visit(auto& v, Like<Descriptor> auto& x) {
  v("access", x.access);
  v("kind", x.kind);
  v("number", x.number);
}

void visit(auto& v, Like<Limit> auto& x) {
  v("hard", x.hard);
  v("name", x.name);
  v("soft", x.soft);
}

void visit(auto& v, Like<InsideView> auto& x) {
  v("capabilities", x.capabilities);
  v("descriptors", x.descriptors);
  ascending(v, "environment", x.environment);
  v("gid", x.gid);
  v("limits", x.limits);
  v("mountSource", x.mount_source);
  sorted(v, "mounts", x.mounts);
  v("namespaces", x.namespaces);
  v("noNewPrivs", x.no_new_privs);
  v("nullChanged", x.null_changed);
  v("seccompMode", x.seccomp_mode);
  v("securebits", x.securebits);
  v("sharedMemory", x.shared_memory);
  v("uid", x.uid);
}

void visit(auto& v, Like<Inherited> auto& x) {
  v("blockedSignals", x.blocked_signals);
  v("coreFilter", x.core_filter);
  v("groups", x.groups);
  v("ignoredSignals", x.ignored_signals);
  v("nice", x.nice);
  v("personality", x.personality);
}

void visit(auto& v, Like<FixedFile> auto& x) {
  v("kind", x.kind);
  v("path", x.path);
  hash(v, "sha256", x.sha256);
}

void visit(auto& v, Like<OutputView> auto& x) {
  ascending(v, "entries", x.entries);
  v("mountsElsewhere", x.mounts_elsewhere);
}

void visit(auto& v, Like<OutsideView> auto& x) {
  v("capabilities", x.capabilities);
  v("cgroup", x.cgroup);
  v("cwd", x.cwd);
  v("descriptors", x.descriptors);
  sorted(v, "environment", x.environment);
  v("environmentBytes", x.environment_bytes);
  v("fixedFiles", x.fixed_files);
  v("gidMap", x.gid_map);
  v("gids", x.gids);
  v("hostNamespaces", x.host_namespaces);
  v("inetSockets", x.inet_sockets);
  v("inherited", x.inherited);
  v("limits", x.limits);
  v("moment", x.moment);
  sorted(v, "mounts", x.mounts);
  v("namespaces", x.namespaces);
  v("netDev", x.net_dev);
  v("netIfInet6", x.net_if_inet6);
  v("netIpv6Route", x.net_ipv6_route);
  v("netRoute", x.net_route);
  v("netUnix", x.net_unix);
  v("noNewPrivs", x.no_new_privs);
  v("nsPid", x.ns_pid);
  v("oomScoreAdj", x.oom_score_adj);
  v("output", x.output);
  v("root", x.root);
  v("seccompFilters", x.seccomp_filters);
  v("seccompMode", x.seccomp_mode);
  v("setgroups", x.setgroups);
  v("tty", x.tty);
  v("uidMap", x.uid_map);
  v("uids", x.uids);
}

void visit(auto& v, Like<Enforcement> auto& x) {
  v("by", x.by);
  v("name", x.name);
  v("unit", x.unit);
  v("value", x.value);
}

void visit(auto& v, Like<Host> auto& x) {
  v("architecture", x.architecture);
  v("corePattern", x.core_pattern);
  v("kernel", x.kernel);
  v("landlockAbi", x.landlock_abi);
  v("lsms", x.lsms);
  v("passedOver", x.passed_over);
  v("venue", x.venue);
  v("venueVersion", x.venue_version);
}

void visit(auto& v, Like<ImageSource> auto& x) {
  v("kind", x.kind);
  v("layers", x.layers);
  v("leftOut", x.left_out);
  v("name", x.name);
  hash(v, "sha256", x.sha256);
}

void visit(auto& v, Like<ImagePackages> auto& x) {
  v("files", x.files);
  v("leftOut", x.left_out);
  ascending(v, "packages", x.packages);
}

void visit(auto& v, Like<ImageState> auto& x) {
  hash(v, "statAfter", x.stat_after);
  hash(v, "statBefore", x.stat_before);
}

void visit(auto& v, Like<StandardInput> auto& x) {
  v("bytes", x.bytes);
  v("name", x.name);
  hash(v, "sha256", x.sha256);
  v("taken", x.taken);
  v("whole", x.whole);
}

void visit(auto& v, Like<InputPart> auto& x) {
  v("name", x.name);
  v("place", x.place);
  hash(v, "sha256", x.sha256);
}

void visit(auto& v, Like<Input> auto& x) {
  v("bytes", x.bytes);
  v("directories", x.directories);
  v("files", x.files);
  v("held", x.held);
  v("leftOut", x.left_out);
  v("links", x.links);
  hash(v, "manifestSha256", x.manifest_sha256);
  v("mounts", x.mounts);
  v("name", x.name);
  v("parts", x.parts);
  v("staged", x.staged);
  v("standardInput", x.standard_input);
  hash(v, "statAfter", x.stat_after);
  hash(v, "statBefore", x.stat_before);
}

void visit(auto& v, Like<Output> auto& x) {
  v("controlBytesArrived", x.control_bytes_arrived);
  v("emptyAtStart", x.empty_at_start);
  v("name", x.name);
  v("perhapsCut", x.perhaps_cut);
  v("refused", x.refused);
  v("secretCameBack", x.secret_came_back);
}

void visit(auto& v, Like<AllowedCalls> auto& x) {
  v("foreign", x.foreign);
  ascending(v, "numbers", x.numbers);
}

void visit(auto& v, Like<Filter> auto& x) {
  v("allowed", x.allowed);
  v("bpf", x.bpf);
  v("instructions", x.instructions);
  hash(v, "sha256", x.sha256);
  hash(v, "sourceSha256", x.source_sha256);
}

void visit(auto& v, Like<Refusal> auto& x) {
  v("count", x.count);
  v("path", x.path);
  v("what", x.what);
}

void visit(auto& v, Like<Device> auto& x) {
  v("count", x.count);
  v("path", x.path);
}

void visit(auto& v, Like<Observer> auto& x) {
  v("answer", x.answer);
  v("around", x.around);
  v("bpf", x.bpf);
  v("heard", x.heard);
  v("null", x.null);
}

void visit(auto& v, Like<Payload> auto& x) {
  v("argv", x.argv);
  v("devices", x.devices);
  v("exitCode", x.exit_code);
  v("leftRunning", x.left_running);
  v("limitsHit", x.limits_hit);
  v("maxRssKib", x.max_rss_kib);
  v("peakMemoryBytes", x.peak_memory_bytes);
  v("refused", x.refused);
  v("signal", x.signal);
  v("systemUs", x.system_us);
  v("userUs", x.user_us);
}

void visit(auto& v, Like<Transcript> auto& x) {
  v("entries", x.entries);
  hash(v, "head", x.head);
}

void visit(auto& v, Like<Container> auto& x) {
  v("id", x.id);
  v("mounts", x.mounts);
  v("namespaces", x.namespaces);
  v("wholeHost", x.whole_host);
}

void visit(auto& v, Like<Neighbours> auto& x) {
  ascending(v, "containers", x.containers);
  v("looked", x.looked);
}

void visit(auto& v, Like<OuterWalls> auto& x) {
  v("boundingCapabilities", x.bounding_capabilities);
  v("command", x.command);
  v("effectiveCapabilities", x.effective_capabilities);
  v("namespaces", x.namespaces);
  v("noNewPrivs", x.no_new_privs);
  ascending(v, "root", x.root);
  v("seccompMode", x.seccomp_mode);
  v("uid", x.uid);
}

void visit(auto& v, Like<Helpers> auto& x) {
  ascending(v, "files", x.files);
  v("wholeImage", x.whole_image);
}

void visit(auto& v, Like<Acceptance> auto& x) {
  v("helpers", x.helpers);
  v("profile", x.profile);
  v("readBack", x.read_back);
  v("scratchBytes", x.scratch_bytes);
  v("socketPairs", x.socket_pairs);
}

void visit(auto& v, Like<PipeRead> auto& x) {
  v("bytes", x.bytes);
  hash(v, "sha256", x.sha256);
  v("taken", x.taken);
  v("whole", x.whole);
}

void visit(auto& v, Like<PipeWritten> auto& x) {
  v("bytes", x.bytes);
  hash(v, "sha256", x.sha256);
}

void visit(auto& v, Like<StagePlace> auto& x) {
  v("number", x.number);
  v("of", x.of);
  v("read", x.read);
  v("written", x.written);
}

template <class T>
concept OfRun = Like<T, Evidence> || Like<T, Predicate>;

void visit(auto& v, OfRun auto& x) {
  v("acceptance", x.acceptance);
  v("audience", x.audience);
  v("catalogue", x.catalogue);
  v("durationUs", x.duration_us);
  ascending(v, "environment", x.environment);
  v("fault", x.fault);
  v("filter", x.filter);
  v("finishedOn", x.finished_on);
  v("host", x.host);
  v("image", x.image);
  v("imagePackages", x.image_packages);
  v("imageSource", x.image_source);
  v("imageState", x.image_state);
  v("input", x.input);
  v("inside", x.inside);
  v("launcher", x.launcher);
  v("limits", x.limits);
  v("matrix", x.matrix);
  v("neighbours", x.neighbours);
  v("nonce", x.nonce);
  v("observer", x.observer);
  v("outer", x.outer);
  v("output", x.output);
  v("outside", x.outside);
  v("payload", x.payload);
  v("plan", x.plan);
  v("probes", x.probes);
  v("processors", x.processors);
  v("profile", x.profile);
  v("program", x.program);
  v("runId", x.run_id);
  v("stage", x.stage);
  if constexpr (requires { x.stages; }) v("stages", x.stages);
  v("startedOn", x.started_on);
  v("transcript", x.transcript);
  ascending(v, "unsafe", x.unsafe);
  v("workdir", x.workdir);
}

}  // namespace immure::evidence
