import VouchModel

/// A small picture of one figure: a bar from zero, or a point on a stated scale, with its target.
struct FigureChart {
  /// Both ends of the scale, to be printed under the chart.
  let low: Double
  let high: Double
  let svg: Markup

  /// Nil when a picture would say nothing: no value, or nothing to hold it against.
  ///
  /// - Parameter largest: the largest value of the figures it stands beside; nil when it stands
  ///   alone.
  init?(_ figure: KPIFigure, largest: Double?) {
    guard let value = figure.value, value.isFinite, value.magnitude < 1e12 else { return nil }
    if let target = figure.target, target.isFinite, target.magnitude < 1e12 {
      if figure.unit == "percent", value <= 100, target <= 100, min(value, target) >= 50 {
        self.init(point: value, target: target)
      } else {
        let high = max(value, target, 0) * 1.1
        guard high > 0, value >= 0 else { return nil }
        self.init(bar: value, target: target, high: high)
      }
    } else if let largest, largest > 0, value >= 0 {
      self.init(bar: value, target: nil, high: largest)
    } else {
      return nil
    }
  }

  /// Shares close to 100 differ far behind the point: a cut scale, so a point and not a bar.
  private init(point value: Double, target: Double) {
    let distance = max(100 - min(value, target), 0.001)
    low = max(0, 100 - distance * 1.5)
    high = 100
    svg = Self.drawn(
      "<path class=\"axis\" d=\"M0 16H240\"/>"
        + "<circle class=\"value\" cx=\"\(Self.x(value, low, high))\" cy=\"16\" r=\"5\"/>"
        + Self.tick(Self.x(target, low, high)))
  }

  private init(bar value: Double, target: Double?, high: Double) {
    low = 0
    self.high = high
    svg = Self.drawn(
      "<path class=\"axis\" d=\"M0 16H240\"/>"
        + "<rect class=\"value\" x=\"0\" y=\"12\" width=\"\(Self.x(value, 0, high))\" height=\"8\"/>"
        + (target.map { Self.tick(Self.x($0, 0, high)) } ?? ""))
  }

  private static func x(_ value: Double, _ low: Double, _ high: Double) -> String {
    tenths(min(max((value - low) / (high - low), 0), 1) * 228 + 6)
  }

  private static func tick(_ x: String) -> String {
    "<path class=\"target\" d=\"M\(x) 4V28\"/>"
  }

  private static func drawn(_ content: String) -> Markup {
    Markup("<svg class=\"chart\" viewBox=\"0 0 240 32\" aria-hidden=\"true\">\(content)</svg>")
  }
}
