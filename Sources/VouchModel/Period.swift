/// The span of time a package speaks about. Half-open: `end` is the first instant after it.
public struct Period: Hashable, Sendable {
  /// As a person names it: `2026-Q3`, `2026-07`, `2026`, or `2026-07-01..2026-10-01`.
  public let id: String
  public let start: Instant
  public let end: Instant

  public init(id: String, start: Instant, end: Instant) {
    self.id = id
    self.start = start
    self.end = end
  }

  public var days: Int64 { (end.seconds - start.seconds) / 86400 }
  public func contains(_ instant: Instant) -> Bool { start <= instant && instant < end }

  /// Reads `2026-Q3`, `2026-H2`, `2026-07`, `2026` or `2026-07-01..2026-10-01`.
  ///
  /// Days begin at midnight in `zone`, the organisation's reporting zone. The right side of `..`
  /// is the first day that no longer belongs to the period. Returns nil for anything else and
  /// for a period that ends before it begins.
  public init?(_ text: String, in zone: Zone = .utc) {
    func midnight(_ year: Int, _ month: Int) -> Instant {
      let carried = month > 12 ? (year + 1, month - 12) : (year, month)
      return zone.instant(local: Instant(year: carried.0, month: carried.1, day: 1))
    }
    if let range = text.firstRange(of: "..") {
      guard let from = WrittenTime(iso: text[..<range.lowerBound]),
        let to = WrittenTime(iso: text[range.upperBound...])
      else { return nil }
      self.init(id: text, start: zone.instant(from), end: zone.instant(to))
    } else {
      let parts = text.split(separator: "-", omittingEmptySubsequences: false)
      guard let first = parts.first, first.count == 4, let year = Int(first),
        (1900...2999).contains(year)
      else { return nil }
      switch parts.count {
      case 1:
        self.init(id: text, start: midnight(year, 1), end: midnight(year, 13))
      case 2:
        let part = parts[1]
        let months: (Int, Int)
        if part.hasPrefix("Q"), let q = Int(part.dropFirst()), (1...4).contains(q) {
          months = (3 * q - 2, 3 * q + 1)
        } else if part.hasPrefix("H"), let h = Int(part.dropFirst()), (1...2).contains(h) {
          months = (6 * h - 5, 6 * h + 1)
        } else if part.count == 2, let m = Int(part), (1...12).contains(m) {
          months = (m, m + 1)
        } else {
          return nil
        }
        self.init(id: text, start: midnight(year, months.0), end: midnight(year, months.1))
      default:
        return nil
      }
    }
    if end <= start { return nil }
  }
}
