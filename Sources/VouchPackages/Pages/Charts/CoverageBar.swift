import VouchModel

/// A strip of the period: full height where there is evidence, a thin line where there is none.
///
/// Height tells the states apart, colour only repeats it. The words beside it say the same.
enum CoverageBar {
  /// Spans beyond this many are drawn together; the table beside the strip has all.
  private static let most = 200

  static func svg(_ spans: [CoverageSpan]) -> Markup {
    let spans = merged(spans)
    guard let start = spans.first?.from, let end = spans.last?.to, end > start else {
      return Markup("")
    }
    let width = Double(end.seconds - start.seconds)
    let bars = spans.map { span in
      let x = Double(span.from.seconds - start.seconds) / width * 1000
      // A gap of an hour in a quarter is still to be seen.
      let w = max(
        span.state == .gap ? 4 : 0.5, Double(span.to.seconds - span.from.seconds) / width * 1000)
      let (y, h) = shape(span.state)
      return
        "<rect class=\"\(span.state.rawValue)\" x=\"\(tenths(min(x, 1000 - w)))\" y=\"\(y)\""
        + " width=\"\(tenths(w))\" height=\"\(h)\"/>"
    }
    return Markup(
      "<svg class=\"strip\" viewBox=\"0 0 1000 12\" preserveAspectRatio=\"none\""
        + " aria-hidden=\"true\">" + bars.joined() + "</svg>")
  }

  /// Seconds in a state, over all spans.
  static func seconds(_ state: CoverageSpan.State, in spans: [CoverageSpan]) -> Int64 {
    spans.reduce(0) { $0 + ($1.state == state ? $1.to.seconds - $1.from.seconds : 0) }
  }

  private static func shape(_ state: CoverageSpan.State) -> (y: Int, height: Int) {
    switch state {
    case .covered: (0, 12)
    case .gap: (8, 4)
    case .future: (11, 1)
    }
  }

  /// Neighbours of one state as one span; gaps win when there are too many to draw.
  private static func merged(_ spans: [CoverageSpan]) -> [CoverageSpan] {
    var out: [CoverageSpan] = []
    for span in spans.sorted(by: { $0.from < $1.from }) {
      if let last = out.last, last.state == span.state, last.to == span.from {
        out[out.count - 1] = CoverageSpan(from: last.from, to: span.to, state: span.state)
      } else {
        out.append(span)
      }
    }
    if out.count > most { out = out.filter { $0.state == .gap }.prefix(most).map { $0 } }
    return out
  }
}

/// A number with one decimal, as SVG takes it.
func tenths(_ value: Double) -> String {
  let scaled = Int((value * 10).rounded())
  return scaled.isMultiple(of: 10) ? "\(scaled / 10)" : "\(scaled / 10).\(scaled.magnitude % 10)"
}
