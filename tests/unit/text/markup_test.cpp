/// Text in HTML and XML.
#include "text/markup.hpp"

#include <gtest/gtest.h>

namespace immure::text {
namespace {

TEST(Markup, NoTextEndsAnElementOrAnAttribute) {
  EXPECT_EQ(xml_escaped(R"(<a b="c" d='e'>&amp;)"), "&lt;a b=&quot;c&quot; d=&apos;e&apos;&gt;&amp;amp;");
  EXPECT_EQ(xml_escaped("K\xC3\xB6ln"), "K\xC3\xB6ln");
}

TEST(Markup, HtmlHasANumberForTheApostrophe) {
  EXPECT_EQ(entity('\'', Markup::kHtml), "&#39;");
  EXPECT_EQ(entity('<', Markup::kHtml), "&lt;");
  EXPECT_EQ(entity('a', Markup::kHtml), "");
}

}  // namespace
}  // namespace immure::text
