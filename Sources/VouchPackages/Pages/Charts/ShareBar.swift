import VouchModel

/// A bar cut into parts that each have a class of the style sheet; the numbers stand beside it.
enum ShareBar {
  static func svg(_ parts: [(name: String, count: Int)]) -> Markup {
    let total = parts.reduce(0) { $0 + $1.count }
    guard total > 0 else { return Markup("") }
    // One deviation in a million still gets a sliver, at the expense of the largest part.
    var widths = parts.map { $0.count == 0 ? 0 : max(12, Double($0.count) / Double(total) * 1000) }
    let excess = widths.reduce(0, +) - 1000
    if excess > 0, let largest = widths.indices.max(by: { widths[$0] < widths[$1] }) {
      widths[largest] -= excess
    }
    var x = 0.0
    var bars = ""
    for (part, width) in zip(parts, widths) where part.count > 0 {
      bars +=
        "<rect class=\"\(part.name)\" x=\"\(tenths(x))\" width=\"\(tenths(max(2, width - 4)))\""
        + " height=\"12\"/>"
      x += width
    }
    return Markup(
      "<svg class=\"strip share\" viewBox=\"0 0 1000 12\" preserveAspectRatio=\"none\""
        + " aria-hidden=\"true\">\(bars)</svg>")
  }
}
