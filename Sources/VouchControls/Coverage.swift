import VouchModel

/// Whether evidence reached through the whole period.
enum Coverage {
  /// Spans of the period from instants of snapshots: covered while two neighbours are at most
  /// `maxGap` days apart. The last snapshot before the period and the first after it count as
  /// neighbours of its ends; without them the ends themselves have to be near a snapshot.
  static func snapshots(
    _ instants: [Instant], in period: Period, asOf: Instant, maxGapDays: Int
  ) -> [CoverageSpan] {
    let end = min(period.end, asOf)
    guard period.start < end else { return future(period, asOf) }
    let limit = Instant(seconds: 0).advanced(days: Int64(maxGapDays)).seconds
    let sorted = Array(Set(instants)).sorted()
    var bounds: [Instant] = []
    if let before = sorted.last(where: { $0 <= period.start }),
      period.start.seconds - before.seconds <= limit
    {
      bounds.append(before)
    }
    bounds += sorted.filter { period.start < $0 && $0 < end }
    if let after = sorted.first(where: { $0 >= end }) { bounds.append(after) }
    var spans: [CoverageSpan] = []
    func add(_ from: Instant, _ to: Instant, _ state: CoverageSpan.State) {
      let from = max(from, period.start)
      let to = min(to, end)
      guard from < to else { return }
      if let last = spans.last, last.state == state, last.to == from {
        spans[spans.count - 1] = CoverageSpan(from: last.from, to: to, state: state)
      } else {
        spans.append(CoverageSpan(from: from, to: to, state: state))
      }
    }
    guard let first = bounds.first, let last = bounds.last else {
      add(period.start, end, .gap)
      return spans + future(period, asOf)
    }
    func isNear(_ a: Instant, _ b: Instant) -> Bool { b.seconds - a.seconds <= limit }
    add(period.start, first, isNear(period.start, first) ? .covered : .gap)
    for (a, b) in zip(bounds, bounds.dropFirst()) { add(a, b, isNear(a, b) ? .covered : .gap) }
    add(last, end, isNear(last, end) ? .covered : .gap)
    return spans + future(period, asOf)
  }

  /// Spans of the period that listings cover; each speaks about `[from, to)`, nil from meaning
  /// from the beginning.
  static func listings(
    _ listings: [(from: Instant?, to: Instant)], in period: Period, asOf: Instant
  ) -> [CoverageSpan] {
    let end = min(period.end, asOf)
    var at = period.start
    var spans: [CoverageSpan] = []
    let sorted = listings.map { (max($0.from ?? period.start, period.start), min($0.to, end)) }
      .filter { $0.0 < $0.1 }.sorted { $0 < $1 }
    for (from, to) in sorted where to > at {
      if from > at {
        spans.append(CoverageSpan(from: at, to: from, state: .gap))
        spans.append(CoverageSpan(from: from, to: to, state: .covered))
      } else if let last = spans.last, last.state == .covered {
        spans[spans.count - 1] = CoverageSpan(from: last.from, to: to, state: .covered)
      } else {
        spans.append(CoverageSpan(from: at, to: to, state: .covered))
      }
      at = to
    }
    if at < end { spans.append(CoverageSpan(from: at, to: end, state: .gap)) }
    return spans + future(period, asOf)
  }

  private static func future(_ period: Period, _ asOf: Instant) -> [CoverageSpan] {
    asOf < period.end
      ? [CoverageSpan(from: max(asOf, period.start), to: period.end, state: .future)] : []
  }

  /// The worst state at each moment of several coverages of the same period.
  static func intersection(_ all: [[CoverageSpan]]) -> [CoverageSpan] {
    guard let first = all.first else { return [] }
    if all.count == 1 { return first }
    let bounds = Set(all.joined().flatMap { [$0.from, $0.to] }).sorted()
    var spans: [CoverageSpan] = []
    for (from, to) in zip(bounds, bounds.dropFirst()) {
      let states = all.map { spans in
        spans.first { $0.from <= from && to <= $0.to }?.state ?? .gap
      }
      let state: CoverageSpan.State =
        states.contains(.future) ? .future : states.contains(.gap) ? .gap : .covered
      if let last = spans.last, last.state == state, last.to == from {
        spans[spans.count - 1] = CoverageSpan(from: last.from, to: to, state: state)
      } else {
        spans.append(CoverageSpan(from: from, to: to, state: state))
      }
    }
    return spans
  }
}
