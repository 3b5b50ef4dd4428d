#include "render/summary.hpp"

#include <gtest/gtest.h>

#include "../sample/sample.hpp"
#include "text/wrap.hpp"

namespace immure::render {
namespace {

using test::Desk;
using test::statement_of_a_good_run;
using Change = void (*)(evidence::Evidence&);

std::string summary(Change change, const TextStyle& style = {}) {
  evidence::Statement statement = statement_of_a_good_run();
  change(statement.predicate);
  return summary_text(Desk().appraise(statement), style);
}

/// The text as if the terminal were wide: without the line breaks of the answer.
std::string flat(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c != '\n' && c != ' ') {
      out += c;
    } else if (!out.ends_with(' ')) {
      out += ' ';
    }
  }
  return out;
}

#define EXPECT_SAYS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

TEST(Summary, SaysWhatRanAndHowItEnded) {
  const std::string text = summary([](evidence::Evidence&) {});
  EXPECT_TRUE(text.starts_with("ACCEPTED: ")) << text;
  EXPECT_SAYS(text, "\nrun        0123456789abcdef0123456789abcdef, 2026-06-09T12:00:00Z, native\n");
  EXPECT_SAYS(text, "\nprogram    /inspect /in /out\n");
  EXPECT_SAYS(text, "\ninput      DROP: 3 files, 4096 bytes; manifest aaaaaaaaaaaa…\n");
  EXPECT_SAYS(text, "\nended      exit code 0; the run took 0.8 s\n");
  EXPECT_SAYS(text, "\nattention  none: no limit hit");
  EXPECT_SAYS(flat(text), "refused writes were not observed");
  EXPECT_SAYS(text, "\nnot proved that the host is honest");
}

TEST(Summary, SaysWhatNeedsAttention) {
  const std::string text = flat(summary(
      [](evidence::Evidence& e) {
        e.payload->exit_code.reset();
        e.payload->signal = SIGKILL;
        e.payload->limits_hit = {"wall-clock"};
        e.payload->refused = {{2, "/tmp/x", "scratch"}};
        e.output.refused = {"pipe: fifo"};
        e.output.perhaps_cut = {"report.txt"};
        e.unsafe = {"unsafe_syscalls"};
      },
      {.width = 400}));
  EXPECT_SAYS(text, "ended killed by signal 9 (SIGKILL)");
  EXPECT_SAYS(text, "the profile widened the cell: unsafe_syscalls");
  EXPECT_SAYS(text, "limit hit: wall-clock");
  EXPECT_SAYS(text, "1 output lost (pipe: fifo)");
  EXPECT_SAYS(text, "the end of 1 output may be missing (report.txt)");
  EXPECT_SAYS(text, "2 calls could not succeed: the program could not write temporary files");
}

TEST(Summary, SaysWhetherTheInputAtHandIsTheSame) {
  verify::AttestationResult result = Desk().appraise(statement_of_a_good_run());
  result.same_input = true;
  EXPECT_SAYS(summary_text(result, {}), "\ninput      same as at hand: DROP: 3 files");
  result.same_input = false;
  EXPECT_SAYS(summary_text(result, {}), "\ninput      NOT as at hand: DROP: 3 files");
}

TEST(Summary, NamesTheFileOfAProgramThatHasAnotherName) {
  EXPECT_SAYS(summary([](evidence::Evidence& e) { e.payload->argv[0] = "/bin/look"; }),
              "\nprogram    /bin/look /in /out (file /inspect)\n");
}

TEST(Summary, SaysThatTheProgramFailed) {
  EXPECT_SAYS(flat(summary([](evidence::Evidence& e) { e.payload->exit_code = 1; })),
              "the program ended with exit code 1, by which most programs say that they failed");
}

TEST(Summary, SaysThatNothingIsWrongWithAClaimThatWasNotAskedFor) {
  evidence::Statement statement = statement_of_a_good_run();
  test::give(statement.predicate, probe::kScratch);
  const std::string text = flat(summary_text(Desk().appraise(statement), {}));
  EXPECT_TRUE(
      text.starts_with("REJECTED: every test of the acceptance profile work holds, but you accept only packet. "
                       "`--accept work` accepts this run"))
      << text;
}

TEST(Summary, SaysInWordsWhatDoesNotHold) {
  const std::string text = flat(summary([](evidence::Evidence& e) { e.outside[1].cwd = "/home"; }));
  EXPECT_TRUE(
      text.starts_with("REJECTED: test #31 (nothing of the host) does not hold: the root or working directory "
                       "is not the cell's. Expected: /; found: /home (/outside/1/cwd) [root-outside]"))
      << text;
  EXPECT_SAYS(text, "tests that do not hold: #31");
}

/// At most ten lines, none wider than the terminal, whatever the evidence says.
TEST(Summary, FitsTheTerminal) {
  const Change changes[] = {
      [](evidence::Evidence&) {},
      [](evidence::Evidence& e) {
        const std::string much(3000, 'x');
        e.payload->argv = {much, "two words", "it's"};
        e.payload->limits_hit = {"cpu", "memory"};
        e.input.name = e.output.name = much;
        e.outside[1].cwd = much + " " + much;
        e.unsafe = {much};
      },
  };
  for (const Change change : changes) {
    for (const std::size_t width : {40U, 60U, 80U, 200U}) {
      std::size_t lines = 0;
      const std::string text = summary(change, {.color = true, .width = width});
      for (std::size_t from = 0; from < text.size(); ++lines) {
        const std::size_t end = text.find('\n', from);
        EXPECT_LE(text::columns(std::string_view(text).substr(from, end - from)), width) << text;
        from = end + 1;
      }
      EXPECT_LE(lines, kSummaryLines) << text;
      EXPECT_SAYS(text, "\nended      exit code 0");
      EXPECT_SAYS(text, "\nattention ");
    }
  }
}

TEST(Summary, QuotesWordsAsAShellWould) {
  const std::string text =
      summary([](evidence::Evidence& e) { e.payload->argv = {"/inspect", "two words", "it's", "", "\x1b[2J"}; });
  EXPECT_SAYS(text, "program    /inspect 'two words' \"it's\" '' '\\x1b[2J'\n");
}

TEST(Summary, IsColoredOnlyIfAsked) {
  EXPECT_TRUE(summary([](evidence::Evidence&) {}, {.color = true}).starts_with("\x1b[1;32mACCEPTED\x1b[0m: "));
  EXPECT_FALSE(summary([](evidence::Evidence&) {}).contains('\x1b'));
}

}  // namespace
}  // namespace immure::render
