/// The style sheet of the page, for light mode, dark mode and print. The page's content security policy contains the
/// hash of this text.
#pragma once

#include "render/html/html_page.hpp"

namespace immure::render {

// Blue, vermilion and purple look different with every kind of colour blindness. Words and symbols say the same without
// colour.
inline constexpr Markup kStyle = R"(
:root {
  color-scheme: light dark;
  --paper: #fff; --ink: #1a1c20; --quiet: #565c66; --line: #c9ced6; --field: #f3f5f8;
  --holds: #0a55a0; --open: #a83200; --unproved: #6a3d9a;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #14161a; --ink: #e7e9ee; --quiet: #a5acb8; --line: #3b414c; --field: #1e2127;
    --holds: #7cb8ff; --open: #ff9a6b; --unproved: #cda8ff;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
header, main, footer { max-width: 72rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 1.5rem; }
footer { padding-bottom: 3rem; }
h1 { font-size: 1rem; font-weight: 600; color: var(--quiet); margin: 0 0 .75rem; }
h2 { font-size: 1.35rem; margin: 2.75rem 0 .75rem; padding-top: .75rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.75rem 0 .5rem; }
p, ul { margin: .5rem 0 .75rem; max-width: 46rem; }
ul { padding-left: 1.25rem; }
a { color: inherit; }
:focus-visible { outline: 3px solid var(--holds); outline-offset: 2px; }
.verdict { border: 2px solid; border-left-width: 12px; padding: 1rem 1.25rem; margin: 0 0 1rem; max-width: none; }
.verdict .word { font-size: 2rem; font-weight: 700; line-height: 1.2; letter-spacing: .02em; }
.verdict p { color: var(--ink); margin: .4rem 0 0; max-width: none; }
.verdict code { color: var(--ink); }
.holds { color: var(--holds); }
.open { color: var(--open); }
.unproved { color: var(--unproved); }
.outcome { font-weight: 600; white-space: nowrap; }
.quiet, small { color: var(--quiet); }
nav ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; max-width: none; }
.v, code { font: .875em/1.45 ui-monospace, "DejaVu Sans Mono", Consolas, monospace; overflow-wrap: anywhere;
  white-space: pre-wrap; unicode-bidi: isolate; background: var(--field); padding: 0 .2em; border-radius: 3px;
  box-decoration-break: clone; -webkit-box-decoration-break: clone; }
thead .v { padding: 0; }
dl { display: grid; grid-template-columns: 12rem 1fr; gap: .3rem 1.25rem; margin: .5rem 0 1rem; }
dt { color: var(--quiet); }
dd { margin: 0; min-width: 0; }
.wide { overflow-x: auto; margin: .75rem 0 1.25rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; line-height: 1.4; }
caption { text-align: left; color: var(--quiet); padding: 0 0 .4rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid var(--line); }
thead th { border-bottom: 2px solid var(--line); background: var(--field); }
tbody th { font-weight: 500; }
.tests th:nth-child(n+5) { width: 9.5rem; }
td p { margin: 0 0 .4rem; }
td small { display: block; }
.digest .v { font-size: .8rem; }
details { border: 1px solid var(--line); margin: .5rem 0; }
details > .wide { margin: 0; }
details > p { padding: 0 .75rem; }
summary { cursor: pointer; padding: .5rem .75rem; background: var(--field); }
summary h3 { display: inline; margin: 0; }
figure { margin: 1rem 0; }
svg { display: block; width: 100%; max-width: 52rem; height: auto; font: 15px system-ui, sans-serif; }
svg text { fill: currentColor; }
svg .wall { fill: none; stroke: currentColor; stroke-width: 3; }
svg .wall.open { stroke-dasharray: 14 8; }
svg .wall.unproved { stroke-dasharray: 3 6; }
svg .host { fill: var(--field); stroke: var(--line); }
svg .room { fill: var(--paper); }
svg .way { fill: var(--paper); stroke: var(--ink); stroke-width: 1.5; }
svg .program { fill: var(--field); stroke: var(--ink); stroke-width: 2; }
svg .line { fill: none; stroke: var(--ink); stroke-width: 2.5; }
svg .head { fill: var(--ink); }
svg .strong { font-weight: 700; font-size: 17px; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; } }
@media print {
  @page { margin: 14mm; }
  body { font-size: 10pt; }
  header, main, footer { max-width: none; padding: 0; }
  nav { display: none; }
  .wide { overflow: visible; }
  table { font-size: 7.5pt; }
  th, td { padding: 2pt 4pt; }
  tr, dt, dd, .verdict, figure { break-inside: avoid; }
  thead { display: table-header-group; }
  h2, h3, caption, summary { break-after: avoid; }
  details { border: 0; }
  details::details-content { content-visibility: visible; display: block; height: auto; }
  summary { list-style: none; padding: 0; background: none; }
}
)";

}  // namespace immure::render
