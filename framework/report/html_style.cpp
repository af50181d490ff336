#include "html.hpp"

namespace tandem::report::html {

std::string style() {
  return R"(:root{--ink:#1d2227;--soft:#58616a;--ground:#fff;--panel:#f5f6f8;--line:#d5d9de;--link:#005a9c;--wrong:#9c2f00;--added:#00563f}
@media(prefers-color-scheme:dark){:root{--ink:#e8eaed;--soft:#a9b1ba;--ground:#14181d;--panel:#1d2329;--line:#39414a;--link:#7cc0f4;--wrong:#ffb38a;--added:#7fe0c0}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:62rem;margin:0 auto;padding:1.25rem 1rem 3rem}
h1{font-size:1.6rem;line-height:1.25;margin:.2rem 0 .8rem;overflow-wrap:anywhere}
h2{font-size:1.2rem;margin:2.2rem 0 .6rem;padding-bottom:.25rem;border-bottom:1px solid var(--line)}
h3{font-size:1.05rem;margin:1.4rem 0 .4rem}
h4{font-size:.95rem;margin:1.1rem 0 .3rem;color:var(--soft)}
p{margin:.5rem 0;max-width:46rem;overflow-wrap:anywhere}
small,.small,.remarks,figcaption{font-size:.85rem;color:var(--soft)}
.verdict{font-size:1.05rem}
.remarks{padding-left:1.2rem}
.remarks li{overflow-wrap:anywhere}
figure{margin:0}
.plot>svg{display:block;width:100%;height:auto;max-width:calc(var(--whole)*1px)}
.legend{display:none;flex-wrap:wrap;gap:.1rem 1rem;margin:.3rem 0;padding:0;list-style:none;font-size:.85rem}
.legend li{max-width:100%;overflow-wrap:anywhere}
.legend li svg{vertical-align:-1px}
.tabs{display:flex;flex-wrap:wrap;gap:.4rem;margin:.6rem 0}
.tabs>input{position:absolute;opacity:0;width:1px;height:1px}
.tabs>label{padding:.3rem .8rem;border:1px solid var(--line);border-radius:1rem;cursor:pointer}
.tabs>input:checked+label{background:var(--ink);color:var(--ground);border-color:var(--ink)}
.panel{order:1;width:100%;min-width:0}
.readout{min-height:1.6em;margin:.3rem 0;font-size:.9rem;color:var(--soft)}
.readout.on{color:var(--ink)}
.curves .mark.on{stroke:currentColor;stroke-width:5}
.curves .limit.on{stroke-width:4}
.curves g:focus{outline:none}
.curves g:focus-visible .mark,.curves g:focus-visible .limit{stroke:currentColor;stroke-width:3}
.bars{display:block;max-width:46rem;margin:.4rem 0;overflow:visible}
.bars text{paint-order:stroke;stroke:var(--ground);stroke-width:4px}
.curves .bar{fill:currentColor}
.curves .whisker{stroke:var(--ink);stroke-width:2}
.curves .one{stroke:var(--ink);stroke-width:1.5}
.bars g:focus-visible .bar{stroke:var(--ink);stroke-width:2}
.wide{overflow-x:auto;max-width:100%}
table{border-collapse:collapse;font-size:.85rem;margin:.4rem 0;font-variant-numeric:tabular-nums}
th,td{padding:.3rem .7rem .3rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
th{font-weight:600}
th[scope=row]{white-space:nowrap}
td small{white-space:nowrap}
summary{cursor:pointer;padding:.3rem 0;color:var(--link)}
:is(summary,.wide,a):focus-visible,.tabs>input:focus-visible+label{outline:3px solid var(--link);outline-offset:2px}
blockquote{margin:1.4rem 0 .4rem;padding:.5rem .9rem;border-left:4px solid var(--link);background:var(--panel);overflow-wrap:anywhere}
.received{display:grid;grid-template-columns:minmax(6rem,auto) 1fr;gap:.25rem .9rem;margin:.2rem 0}
.received dt{font-weight:600;font-size:.9rem}
.received dd{margin:0;overflow-wrap:anywhere;min-width:0}
mark{background:none;color:var(--wrong);font-weight:600;text-decoration:underline wavy 1px;text-underline-offset:3px}
ins{color:var(--added);font-weight:600;text-decoration:underline double;text-underline-offset:3px}
del{color:var(--soft);text-decoration:line-through}
.fine{color:var(--soft)}
.facts{display:grid;grid-template-columns:auto 1fr;gap:.2rem 1rem;font-size:.9rem}
.facts dt{color:var(--soft)}
.facts dd{margin:0;overflow-wrap:anywhere;min-width:0}
pre{margin:0;padding:.6rem .8rem;background:var(--panel);font-size:.82rem;line-height:1.4;width:max-content;min-width:100%}
@media(max-width:50rem){
.plot{overflow:hidden}
.plot>svg{width:calc(100%*var(--whole)/var(--plot));max-width:none}
.legend{display:flex}
}
@media(max-width:36rem){
.plot .curves text{font-size:18px}
.plot .curves .small{font-size:13px}
.received{grid-template-columns:1fr;gap:0}
.received dd{margin-bottom:.5rem}
}
@media print{
body{font-size:11pt}
main{max-width:none;padding:0}
.tabs>input,.tabs>label,.readout{display:none}
figure,blockquote,.received,.bars{break-inside:avoid}
.wide{overflow:visible}
pre{white-space:pre-wrap;overflow-wrap:anywhere;width:auto}
details::details-content{content-visibility:visible}
}
)";
}

// Marks tell their values in a line below the figure, to the mouse and to the arrow keys; without it their titles and the
// tables do.
std::string script() {
  return R"(for (const figure of document.querySelectorAll('figure')) {
  const line = figure.querySelector('.readout');
  let shown = null;
  const show = mark => {
    if (shown) shown.classList.remove('on');
    shown = mark;
    mark.classList.add('on');
    line.classList.add('on');
    line.textContent = mark.querySelector('title').textContent.replace(/\n/g, ' \u00b7 ');
  };
  for (const curve of figure.querySelectorAll('g[tabindex]')) {
    const marks = Array.from(curve.children).sort((a, b) => a.getBBox().x - b.getBBox().x);
    let at = 0;
    marks.forEach((mark, i) => mark.addEventListener('mouseenter', () => { at = i; show(mark); }));
    curve.addEventListener('focus', () => show(marks[at]));
    curve.addEventListener('keydown', event => {
      const step = {ArrowRight: 1, ArrowLeft: -1, Home: -marks.length, End: marks.length}[event.key];
      if (!step) return;
      event.preventDefault();
      at = Math.max(0, Math.min(marks.length - 1, at + step));
      show(marks[at]);
    });
  }
}
)";
}

}  // namespace tandem::report::html
