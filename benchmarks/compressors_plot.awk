# Draws what compressors.sh measured: bits a byte against the speed of packing. Lines: name, bytes, bits a byte, model bytes, kB/s.
# A label stands where it covers least: beside its mark, or a step further off with a line to it.
BEGIN {
  FS = "\t"
  left = 62; right = 876; top = 58; bottom = 462
}
{ n++; name[n] = $1; bits[n] = $3; primed[n] = $4 > 0 && $1 !~ /^brotli/; speed[n] = $5 > 0.001 ? $5 : 0.001 }

function log10(v) { return log(v) / log(10) }
function floor(v) { return int(v) - (v < int(v)) }
function escaped(text) { gsub(/&/, "\\&amp;", text); gsub(/</, "\\&lt;", text); return text }
function x_of(kilobytes) { return left + (log10(kilobytes) - low_x) / (high_x - low_x) * (right - left) }
function y_of(value) { return bottom - (value - low_y) / (high_y - low_y) * (bottom - top) }
function thousands(n,   tail) {
  for (n = sprintf("%d", n); length(n) > 3; n = substr(n, 1, length(n) - 3)) tail = "," substr(n, length(n) - 2) tail
  return n tail
}
function text(class, x, y, what) { printf "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">%s</text>\n", class, x, y, escaped(what) }
function line(class, x1, y1, x2, y2) { printf "<path class=\"%s\" d=\"M%.1f,%.1fL%.1f,%.1f\"/>\n", class, x1, y1, x2, y2 }
function mark(x, y, kind) { printf "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"5\"/>\n", kind, x, y }
function kind(i) { return (name[i] ~ /^tandem/ ? "ours" : "other") (primed[i] ? " hollow" : " filled") }

# The area that two boxes share; a box is an index of x0, y0, x1, y1.
function shared(a, b,   w, h) {
  w = (x1[a] < x1[b] ? x1[a] : x1[b]) - (x0[a] > x0[b] ? x0[a] : x0[b])
  h = (y1[a] < y1[b] ? y1[a] : y1[b]) - (y0[a] > y0[b] ? y0[a] : y0[b])
  return w > 0 && h > 0 ? w * h : 0
}
function box(b, a, c, d, e) { x0[b] = a; y0[b] = c; x1[b] = d; y1[b] = e }
function place(i,   try, wide, cost, best, b, dx, dy, angle, far, a, from) {
  wide = 6.4 * length(name[i]); best = -1
  for (try = 0; try < 40; ++try) {
    far = 10 + 9 * int(try / 8); angle = try % 8  # right, left, above, below, and between
    dx = angle == 0 ? far : angle == 1 ? -far : angle > 3 ? (angle % 2 ? -far : far) : 0
    dy = angle < 2 ? 0 : angle == 2 ? -far - 4 : angle == 3 ? far + 4 : angle < 6 ? -far : far
    from = x_of(speed[i]) + dx - (dx == 0 ? wide / 2 : dx < 0 ? wide : 0)
    box("try", from, y_of(bits[i]) + dy - 7, from + wide, y_of(bits[i]) + dy + 7)
    cost = 6 * try
    for (b = 1; b <= boxes; ++b) cost += 10 * shared("try", b)
    if (x0["try"] < left + 2 || x1["try"] > right - 2 || y0["try"] < top + 2 || y1["try"] > bottom - 2) cost += 5000
    if (best < 0 || cost < best) { best = cost; a = from; c[i] = y_of(bits[i]) + dy; step[i] = far; side[i] = dx; above[i] = dy }
  }
  at[i] = a; width[i] = wide
  box(++boxes, a, c[i] - 7, a + wide, c[i] + 7)
}

END {
  if (!n) exit 1
  least = most = bits[1]; slow = fast = speed[1]
  for (i = 2; i <= n; ++i) {
    if (bits[i] < least) least = bits[i]
    if (bits[i] > most) most = bits[i]
    if (speed[i] < slow) slow = speed[i]
    if (speed[i] > fast) fast = speed[i]
  }
  tick = most - least > 3 ? 0.5 : most - least > 1 ? 0.2 : most - least > 0.4 ? 0.1 : 0.05
  low_y = least < 0.4 * tick ? 0 : tick * floor(least / tick - 0.4); high_y = tick * floor(most / tick + 1.4)
  low_x = log10(slow / 2); high_x = log10(fast * 2.5)

  print "<svg class=\"compressors\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 900 520\" width=\"900\" height=\"520\">"
  print "<style>.compressors text{font:12px system-ui,sans-serif;fill:#222}.compressors .title{font-size:15px;font-weight:600}" \
    ".compressors .x{text-anchor:middle}.compressors .y{text-anchor:end}.compressors .ground{fill:#fff}.compressors .frame{fill:none;stroke:#666}" \
    ".compressors .grid{stroke:#e4e4e4}.compressors .lead{stroke:#999;stroke-width:.8}.compressors circle{stroke:currentColor;stroke-width:2}" \
    ".compressors .filled{fill:currentColor}.compressors .hollow{fill:#fff}.compressors .other{color:#555}.compressors .ours{color:#0072b2}" \
    ".compressors text.ours{fill:#0072b2}@media(prefers-color-scheme:dark){.compressors text{fill:#e6e6e6}.compressors .ground{fill:#14181d}" \
    ".compressors .frame{stroke:#999}.compressors .grid{stroke:#2a3037}.compressors .hollow{fill:#14181d}.compressors .other{color:#aaa}" \
    ".compressors .ours{color:#3d9bdc}.compressors text.ours{fill:#5cb0ea}}</style>"
  print "<rect class=\"ground\" width=\"900\" height=\"520\"/>"
  text("title", left, 26, title ", " thousands(size) " bytes")
  mark(left + 6, 42, "other filled"); text("", left + 17, 46, "nothing learned before")
  mark(left + 176, 42, "other hollow"); text("", left + 187, 46, "primed: the decoder needs what was learned, too")

  for (v = low_y; v < high_y + tick / 2; v += tick) {
    line("grid", left, y_of(v), right, y_of(v)); text("y", left - 8, y_of(v) + 4, sprintf(tick < 0.1 ? "%.2f" : "%.1f", v))
  }
  for (d = floor(low_x); d <= high_x; ++d)
    for (m = 1; m <= 5; m += m == 1 ? 1 : 3) {
      v = m * 10 ^ d
      if (log10(v) < low_x || log10(v) > high_x) continue
      line("grid", x_of(v), top, x_of(v), bottom); text("x", x_of(v), bottom + 18, v < 1 ? sprintf("%g", v) : thousands(v))
    }
  printf "<rect class=\"frame\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n", left, top, right - left, bottom - top
  text("x", (left + right) / 2, bottom + 42, "packs, kB a second of one core (faster is further right)")
  printf "<text class=\"x\" transform=\"translate(18,%d) rotate(-90)\">bits a byte (smaller files are further down)</text>\n", (top + bottom) / 2

  for (i = 1; i <= n; ++i) box(++boxes, x_of(speed[i]) - 7, y_of(bits[i]) - 7, x_of(speed[i]) + 7, y_of(bits[i]) + 7)
  for (i = 1; i <= n; ++i) place(i)
  for (i = 1; i <= n; ++i) {
    x = x_of(speed[i]); y = y_of(bits[i])
    end = side[i] == 0 ? x : side[i] > 0 ? at[i] - 2 : at[i] + width[i] + 2
    if (step[i] > 10) line("lead", x, y, end, side[i] != 0 ? c[i] : above[i] < 0 ? c[i] + 7 : c[i] - 8)
  }
  for (i = 1; i <= n; ++i) {
    mark(x_of(speed[i]), y_of(bits[i]), kind(i))
    class = (name[i] ~ /^tandem/ ? "ours" : "other") (side[i] < 0 ? " y" : side[i] > 0 ? "" : " x")
    text(class, side[i] < 0 ? at[i] + width[i] : side[i] > 0 ? at[i] : at[i] + width[i] / 2, c[i] + 4, name[i])
  }
  print "</svg>"
}
