import VouchModel

/// A small picture of one figure: a bar from zero, or a point on a stated scale, with its target.
struct FigureChart {
  /// Both ends of the scale, to be printed under the chart.
  let low: Double
  let high: Double
  let svg: Markup

  /// Nil when a picture would say nothing: no value, or nothing to hold it against.
  ///
  /// - Parameter beside: the figures of the same measure and unit, itself included; they are
  ///   drawn on one scale, so that they can be compared.
  init?(_ figure: KPIFigure, beside: [KPIFigure]) {
    let values = beside.compactMap(\.value).filter(Self.isDrawable)
    let targets = beside.compactMap(\.target).filter(Self.isDrawable)
    guard let value = figure.value, Self.isDrawable(value), let least = values.min(),
      let most = values.max()
    else { return nil }
    let target = figure.target.flatMap { Self.isDrawable($0) ? $0 : nil }
    let isNearWhole =
      figure.unit == "percent" && max(most, targets.max() ?? 0) <= 100
      && min(least, targets.min() ?? 100) >= 50
    if let target, isNearWhole {
      self.init(point: value, target: target, least: min(least, targets.min() ?? least))
    } else if target != nil || beside.count > 1 {
      let high = max(most, (targets.max() ?? 0) * 1.1)
      guard high > 0, value >= 0 else { return nil }
      self.init(bar: value, target: target, high: high)
    } else {
      return nil
    }
  }

  private static func isDrawable(_ value: Double) -> Bool {
    value.isFinite && value.magnitude < 1e12
  }

  /// Shares close to 100 differ far behind the point: a cut scale, so a point and not a bar.
  private init(point value: Double, target: Double, least: Double) {
    let distance = max(100 - least, 0.001)
    low = max(0, 100 - distance * 1.5)
    high = 100
    svg = Self.drawn(
      "<circle class=\"value\" cx=\"\(tenths(Self.x(value, low, high)))\" cy=\"16\" r=\"5\"/>"
        + Self.tick(Self.x(target, low, high)))
  }

  private init(bar value: Double, target: Double?, high: Double) {
    low = 0
    self.high = high
    svg = Self.drawn(
      "<rect class=\"value\" x=\"6\" y=\"12\" width=\"\(tenths(Self.x(value, 0, high) - 6))\""
        + " height=\"8\"/>" + (target.map { Self.tick(Self.x($0, 0, high)) } ?? ""))
  }

  /// Where a value stands between both ends, which lie 6 from the edges of the picture.
  private static func x(_ value: Double, _ low: Double, _ high: Double) -> Double {
    6 + min(max((value - low) / (high - low), 0), 1) * 228
  }

  private static func tick(_ x: Double) -> String {
    "<path class=\"target\" d=\"M\(tenths(x)) 4V28\"/>"
  }

  private static func drawn(_ content: String) -> Markup {
    Markup(
      "<svg class=\"chart\" viewBox=\"0 0 240 32\" aria-hidden=\"true\">"
        + "<path class=\"axis\" d=\"M6 16H234\"/>\(content)</svg>")
  }
}
