#include "render/html/html.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "../sample/sample.hpp"
#include "file/sha256.hpp"
#include "render/html/html_page.hpp"
#include "text/base64.hpp"

namespace immure::render {
namespace {

using test::Desk;
using test::statement_of_a_good_run;

const std::string kHostile =
    "</td></table><script>alert(1)</script><img src=x onerror=\"a()\" style='x'>&amp;\x1b[31m\n"
    "\xE2\x80\xAEtxt.exe\xE2\x81\xA6\xC2\xA0\xFF\xE2\x9F\xA8U+202E\xE2\x9F\xA9";

const PageNotes kNotes{"/drop/evidence.json", "2026-06-09T12:01:00Z", "0.1.0"};

verify::AttestationResult accepted() { return Desk().appraise(statement_of_a_good_run()); }

verify::AttestationResult rejected() {
  evidence::Statement statement = statement_of_a_good_run();
  statement.predicate.outside[1].cwd = "/home/" + kHostile;
  return Desk().appraise(statement);
}

verify::AttestationResult unreadable() {
  Desk desk;
  return verify::appraise(desk.request(kHostile));
}

/// Makes a statement in which every text that a host can choose is hostile.
evidence::Statement hostile_statement() {
  evidence::Statement statement = statement_of_a_good_run();
  evidence::Evidence& e = statement.predicate;
  for (evidence::Artifact& subject : statement.subjects) subject = {kHostile, kHostile};
  for (evidence::Artifact* thing : {&e.matrix, &e.profile, &e.plan, &e.image, &e.program, &e.launcher})
    *thing = {kHostile, kHostile};
  e.run_id = e.started_on = e.finished_on = kHostile;
  e.nonce = e.audience = e.fault = kHostile;
  e.filter.sha256 = e.filter.source_sha256 = kHostile;
  e.unsafe = e.environment = e.input.left_out = e.output.refused = e.host.lsms = {kHostile, kHostile};
  e.input.name = e.input.manifest_sha256 = e.input.stat_before = e.input.stat_after = e.output.name = kHostile;
  e.input.staged = true;
  e.host.kernel = e.host.architecture = e.host.venue = e.host.venue_version = kHostile;
  for (evidence::Enforcement& limit : e.limits) limit.name = limit.unit = limit.by = kHostile;
  e.host.passed_over = {kHostile};
  e.outer = evidence::OuterWalls{.command = {kHostile, kHostile},
                                 .bounding_capabilities = kHostile,
                                 .effective_capabilities = kHostile,
                                 .namespaces = {{kHostile, 1}},
                                 .root = {kHostile}};
  e.inside->mount_source = kHostile;
  e.inside->mounts[0] = {kHostile, kHostile, {kHostile}};
  e.inside->environment = {kHostile};
  e.inside->capabilities = {kHostile, kHostile, kHostile, kHostile, kHostile};
  e.inside->namespaces[kHostile] = 1;
  e.inside->limits = {{kHostile, kHostile, kHostile}};
  for (evidence::OutsideView& view : e.outside) {
    view.moment = view.uid_map = view.gid_map = view.setgroups = view.ns_pid = view.cwd = view.root = kHostile;
    view.mounts[1] = {kHostile, kHostile, {kHostile}};
    view.net_dev = view.net_route = view.net_ipv6_route = view.net_if_inet6 = view.net_unix = {kHostile};
    view.environment = {kHostile};
    view.descriptors = {{0, kHostile, kHostile}};
    view.limits = view.cgroup = {{kHostile, kHostile, kHostile}};
    view.namespaces[kHostile] = view.host_namespaces[kHostile] = 2;
  }
  for (evidence::ProbeRecord& record : e.probes) record.args = {kHostile};
  evidence::ProbeRecord& record = e.probes.front();
  record.id = record.boundary = record.syscall = record.control.where = kHostile;
  e.transcript.head = kHostile;
  e.payload->argv = e.payload->limits_hit = {kHostile};
  return statement;
}

/// A result with this statement, as if it had been signed. A real verifier would refuse most of this statement earlier.
verify::AttestationResult hostile() {
  verify::AttestationResult result = accepted();
  result.statement = hostile_statement();
  result.verdict = verify::Verdict::kRejected;
  result.reason = result.key_id = kHostile;
  result.judgement = judge::judge(result.statement->predicate, judge::Moment::kFinal);
  result.not_proved.push_back(kHostile);
  result.evidence_rows.push_back(
      {44, judge::Outcome::kDoesNotHold, "", "", {{"artifact-differs", kHostile, kHostile, kHostile}}});
  return result;
}

struct Tag {
  std::string name;
  std::string attributes;
  std::string text;  ///< text between this tag and the next one
  bool closes = false, alone = false;
};

/// The tags of a page. Accepts only attribute values in double quotes, and does not look into the text of the style.
std::vector<Tag> tags_of(const std::string& page) {
  std::vector<Tag> tags;
  for (std::size_t at = page.find('<'); at != std::string::npos;) {
    const std::size_t end = page.find('>', at);
    if (end == std::string::npos) ADD_FAILURE() << "a tag without an end";
    std::string inside = page.substr(at + 1, end - at - 1);
    Tag tag;
    tag.closes = inside.starts_with("/");
    tag.alone = inside.ends_with("/");
    if (tag.closes) inside.erase(0, 1);
    tag.name = inside.substr(0, inside.find_first_of(" /"));
    tag.attributes = inside.substr(tag.name.size());
    const std::size_t next = tag.name == "style" && !tag.closes ? page.find("</style", end) : page.find('<', end);
    tag.text = page.substr(end + 1, next == std::string::npos ? next : next - end - 1);
    tags.push_back(std::move(tag));
    at = next;
  }
  return tags;
}

void expect_well_formed(const std::string& page) {
  const std::set<std::string> kVoid{"meta", "br", "!DOCTYPE"};
  const std::set<std::string> kKnown{
      "html", "head",    "title",   "style",  "body",       "header", "main",    "footer", "nav",   "section", "div",
      "span", "strong",  "p",       "code",   "h1",         "h2",     "h3",      "ul",     "li",    "a",       "dl",
      "dt",   "dd",      "em",      "bdi",    "small",      "table",  "caption", "thead",  "tbody", "tr",      "th",
      "td",   "details", "summary", "figure", "figcaption", "svg",    "desc",    "rect",   "g",     "text",    "path"};
  std::vector<std::string> open;
  for (const Tag& tag : tags_of(page)) {
    EXPECT_EQ(std::ranges::count(tag.attributes, '"') % 2, 0) << tag.attributes;
    if (kVoid.contains(tag.name) || tag.alone) continue;
    EXPECT_TRUE(kKnown.contains(tag.name)) << tag.name;
    if (!tag.closes) {
      open.push_back(tag.name);
      continue;
    }
    ASSERT_FALSE(open.empty()) << tag.name;
    ASSERT_EQ(open.back(), tag.name);
    open.pop_back();
  }
  EXPECT_TRUE(open.empty());
}

std::size_t count_of(const std::string& page, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = page.find(part); at != std::string::npos; at = page.find(part, at + 1)) ++count;
  return count;
}

TEST(HtmlEscape, LeavesNothingThatHtmlReads) {
  EXPECT_EQ(html_escape("<a href=\"x\" b='y'>&"), "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;");
}

TEST(HtmlEscape, ShowsWhatCannotBeSeen) {
  EXPECT_EQ(html_escape("a\xE2\x80\xAE"), "a⟨U+202E⟩");
  EXPECT_EQ(html_escape(std::string_view("\0\x1b\n\t\x7f", 5)), "⟨U+0000⟩⟨U+001B⟩⟨U+000A⟩⟨U+0009⟩⟨U+007F⟩");
  EXPECT_EQ(html_escape("\xC2\x9B\xC2\xAD\xE2\x80\x8B\xEF\xBB\xBF\xF3\xA0\x80\x81"),
            "⟨U+009B⟩⟨U+00AD⟩⟨U+200B⟩⟨U+FEFF⟩⟨U+E0001⟩");
}

TEST(HtmlEscape, ShowsBytesThatAreNoText) {
  EXPECT_EQ(html_escape("\xFF\xC0\xAF"), "⟨byte 0xFF⟩⟨byte 0xC0⟩⟨byte 0xAF⟩");
  EXPECT_EQ(html_escape("a\xE2\x80"), "a⟨byte 0xE2⟩⟨byte 0x80⟩");
}

TEST(HtmlEscape, CannotBeImitated) { EXPECT_EQ(html_escape("⟨U+202E⟩"), "⟨U+27E8⟩U+202E⟨U+27E9⟩"); }

TEST(HtmlEscape, LeavesOrdinaryTextAlone) {
  EXPECT_EQ(html_escape("/in/mañana 日本 שלום é\xCC\x81.txt"), "/in/mañana 日本 שלום é\xCC\x81.txt");
}

TEST(HtmlEscape, LimitsStacksOfMarks) {
  EXPECT_EQ(html_escape("e\xCC\x81\xCC\x81\xCC\x81"), "e\xCC\x81\xCC\x81⟨U+0301⟩");
}

TEST(HtmlPage, CutsLongValuesBetweenCharacters) {
  Page page;
  page.value(std::string(2047, 'a') + "é and more");
  EXPECT_EQ(page.take(), "<bdi class=\"v\">" + std::string(2047, 'a') + "</bdi> <em>and 11 bytes more</em>");
}

TEST(ResultHtml, IsWellFormed) {
  for (const verify::AttestationResult& result :
       {accepted(), rejected(), unreadable(), hostile(), verify::AttestationResult{}})
    expect_well_formed(result_html(result, kNotes));
}

TEST(ResultHtml, BeginsAndEndsWithTheVerdict) {
  for (const verify::AttestationResult& result : {accepted(), rejected(), unreadable(), verify::AttestationResult{}}) {
    const std::string page = result_html(result, kNotes);
    const std::string word = "<strong class=\"word\">" + std::string(name(result.verdict)) + "</strong>";
    EXPECT_EQ(count_of(page, word), 2U);
    EXPECT_EQ(count_of(page, "<strong class=\"word\">"), 2U);
    EXPECT_LT(page.find(word), page.find("<main>"));
    EXPECT_GT(page.rfind(word), page.find("</main>"));
    EXPECT_EQ(count_of(page, "Reason code <code>" + html_escape(result.code.text()) + "</code>"), 2U);
  }
}

TEST(ResultHtml, RunsAndLoadsNothing) {
  for (const verify::AttestationResult& result : {accepted(), rejected(), unreadable(), hostile()}) {
    const std::string page = result_html(result, PageNotes{kHostile, kHostile, kHostile});
    for (const char* part : {"<script", "<img", "<link", "<iframe", "<base", "http://", "https://", "url(", "@import"})
      EXPECT_EQ(page.find(part), std::string::npos) << part;
    for (const Tag& tag : tags_of(page)) {
      for (const char* name : {" on", " src=", " style=", " xlink", " srcset=", " data="})
        EXPECT_EQ(tag.attributes.find(name), std::string::npos) << tag.name << tag.attributes;
      if (const std::size_t link = tag.attributes.find("href=\""); link != std::string::npos) {
        EXPECT_EQ(tag.attributes[link + 6], '#') << tag.attributes;
      }
    }
  }
}

TEST(ResultHtml, AllowsItsOwnStyleAndNothingElse) {
  const std::string page = result_html(accepted(), kNotes);
  const std::size_t from = page.find("<style>") + 7;
  const file::Digest digest = file::sha256(page.substr(from, page.find("</style>") - from));
  const std::string hash = text::base64({reinterpret_cast<const char*>(digest.data()), digest.size()});
  EXPECT_NE(page.find("content=\"default-src 'none'; style-src 'sha256-" + hash + "'; base-uri 'none'"),
            std::string::npos);
}

TEST(ResultHtml, ShowsHostileTextEscaped) {
  const std::string page = result_html(hostile(), kNotes);
  for (const unsigned char c : page) EXPECT_TRUE(c >= 0x20 || c == '\n') << int{c};
  for (const char* bytes : {"\xE2\x80\xAE", "\xE2\x81\xA6", "\xC2\xA0", "\xFF", "alert(1)</script>", "<img"})
    EXPECT_EQ(page.find(bytes), std::string::npos) << bytes;
  EXPECT_GT(count_of(page, html_escape(kHostile)), 80U);
}

bool has_test(const std::string& page, const judge::MatrixTest& test) {
  return page.contains("<th scope=\"row\">#" + std::to_string(test.number) + " " + html_escape(test.title));
}

TEST(ResultHtml, HasEveryTestOfTheMatrix) {
  const std::string page = result_html(accepted(), kNotes);
  for (const judge::MatrixTest& test : judge::matrix())
    EXPECT_EQ(has_test(page, test), test.in_place_of == 0) << test.number;
}

TEST(ResultHtml, HasTheTestsThatARunClaimsInThePlaceOfOthers) {
  evidence::Statement statement = statement_of_a_good_run();
  test::give(statement.predicate, probe::kScratch | probe::kSocketPairs | probe::kHelpers);
  const std::string page = result_html(Desk().appraise(statement), kNotes);
  for (const judge::MatrixTest& test : judge::matrix()) EXPECT_TRUE(has_test(page, test)) << test.number;
  EXPECT_TRUE(page.contains("<dt>May start</dt>"));
  EXPECT_TRUE(page.contains("/usr/bin/gzip"));
}

TEST(ResultHtml, HasEveryProbeWithItsThreeAnswers) {
  verify::AttestationResult result = accepted();
  const std::string page = result_html(result, kNotes);
  for (const evidence::ProbeRecord& record : result.statement->predicate.probes)
    EXPECT_NE(page.find("<bdi class=\"v\">" + html_escape(record.id) + "</bdi>"), std::string::npos) << record.id;
  result.statement->predicate.probes.front().walls = evidence::Answer{-77, 78, 0};
  EXPECT_NE(result_html(result, kNotes).find("ret -77, errno 78, effect 0"), std::string::npos);
}

TEST(ResultHtml, MarksWhatIsNotAsExpected) {
  const std::string page = result_html(rejected(), kNotes);
  EXPECT_NE(page.find("mounts: DOES NOT HOLD (#26"), std::string::npos);
  EXPECT_NE(page.find("14 tests = 13 hold + 1 do not hold + 0 not proved"), std::string::npos);
  EXPECT_EQ(page.find("<details open>"), std::string::npos) << "every probe is as expected";

  evidence::Statement leaking = statement_of_a_good_run();
  leaking.predicate.probes.front().ret = 3;
  leaking.predicate.probes.front().errno_value = 0;
  test::chain(leaking.predicate);
  const std::string leak = result_html(Desk().appraise(leaking), kNotes);
  EXPECT_EQ(count_of(leak, "<details open>"), 1U);
  EXPECT_NE(leak.find("</span>probe-leaked</span>"), std::string::npos);
}

TEST(ResultHtml, SaysOnlyTheVerdictOfWhatCannotBeRead) {
  const std::string page = result_html(unreadable(), kNotes);
  EXPECT_EQ(page.find("<table>"), std::string::npos);
  EXPECT_NE(page.find("cannot be appraised"), std::string::npos);
  EXPECT_NE(page.find("What was not proved"), std::string::npos);
}

TEST(ResultHtml, CanBeReadAloud) {
  for (const verify::AttestationResult& result : {accepted(), rejected(), unreadable()}) {
    const std::string page = result_html(result, kNotes);
    EXPECT_NE(page.find("<html lang=\"en\">"), std::string::npos);
    std::set<std::string> ids;
    int level = 0;
    int tables = 0;
    for (const Tag& tag : tags_of(page)) {
      if (const std::size_t id = tag.attributes.find(" id=\""); id != std::string::npos) {
        EXPECT_TRUE(ids.insert(tag.attributes.substr(id + 5, tag.attributes.find('"', id + 5) - id - 5)).second);
      }
      if (tag.closes) continue;
      if (tag.name.size() == 2 && tag.name[0] == 'h' && tag.name[1] >= '1' && tag.name[1] <= '6') {
        EXPECT_LE(tag.name[1] - '0', level + 1) << "a heading skips a level: " << tag.text;
        level = tag.name[1] - '0';
      }
      if (tag.name == "table") ++tables;
      if (tag.name == "caption") --tables;
      if (tag.name == "th") {
        EXPECT_TRUE(tag.attributes.starts_with(" scope=\"")) << tag.text;
      }
    }
    EXPECT_EQ(tables, 0) << "each table has a caption";
    for (const Tag& tag : tags_of(page)) {
      const std::size_t link = tag.attributes.find("href=\"#");
      if (link == std::string::npos) continue;
      const std::string target = tag.attributes.substr(link + 7, tag.attributes.find('"', link + 7) - link - 7);
      EXPECT_TRUE(ids.contains(target)) << target;
    }
  }
}

TEST(ResultHtml, DoesNotGrowWithoutEnd) {
  verify::AttestationResult result = accepted();
  evidence::Evidence& evidence = result.statement->predicate;
  evidence.environment.assign(100'000, "A");
  result.statement->subjects.assign(100'000, {"a", test::kDigestA});
  evidence.inside->mounts.assign(100'000, {"/", "", {}});
  evidence.outside.assign(1000, evidence.outside[0]);
  evidence.probes.assign(100'000, evidence.probes[0]);
  evidence.host.kernel.assign(1'000'000, 'k');
  const std::string page = result_html(result, kNotes);
  EXPECT_LT(page.size(), 4U << 20U);
  EXPECT_NE(page.find("and 99000 more in the evidence"), std::string::npos);
}

TEST(ResultHtml, IsTheSameForTheSame) {
  const verify::AttestationResult result = accepted();
  EXPECT_EQ(result_html(result, kNotes), result_html(result, kNotes));
}

}  // namespace
}  // namespace immure::render
