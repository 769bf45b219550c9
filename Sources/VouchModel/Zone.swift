import Foundation

/// A time zone that a person or an export named, with the rules of the tz database.
public struct Zone: Hashable, Sendable {
  public let identifier: String
  private let rules: TimeZone

  public static let utc = Zone(identifier: "UTC", rules: TimeZone(secondsFromGMT: 0) ?? .gmt)

  private init(identifier: String, rules: TimeZone) {
    self.identifier = identifier
    self.rules = rules
  }

  /// A zone by its tz database name (`Europe/Berlin`), `UTC`, or a fixed offset (`+02:00`).
  ///
  /// Abbreviations (`EST`, `IST`) are refused: they name more than one zone.
  public init?(_ identifier: String) {
    if identifier == "UTC" || identifier == "Z" {
      self = .utc
      return
    }
    if let sign = identifier.first, sign == "+" || sign == "-" {
      let digits = identifier.dropFirst().filter { $0 != ":" }
      guard digits.count == 4, let value = Int(digits), value % 100 < 60, value / 100 <= 14,
        let rules = TimeZone(
          secondsFromGMT: (sign == "-" ? -1 : 1) * (value / 100 * 3600 + value % 100 * 60))
      else { return nil }
      self.init(identifier: identifier, rules: rules)
      return
    }
    guard identifier.contains("/"), let rules = TimeZone(identifier: identifier) else { return nil }
    self.init(identifier: identifier, rules: rules)
  }

  /// Seconds east of UTC at an instant.
  public func offset(at instant: Instant) -> Int64 {
    // The rules of a zone say nothing about times outside of a few thousand years.
    let seconds = max(-100_000_000_000, min(100_000_000_000, instant.seconds))
    return Int64(rules.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds))))
  }

  /// The instant of a local time.
  ///
  /// A time that the clock change skips is read with the offset before the change, a time that
  /// occurs twice is its first occurrence (ISO 8601 says nothing; this is RFC 5545, 3.3.5).
  public func instant(local: Instant) -> Instant {
    let before = offset(at: local.advanced(by: -86400))
    let first = local.advanced(by: -before)
    if offset(at: first) == before { return first }
    let after = offset(at: local.advanced(by: 86400))
    let second = local.advanced(by: -after)
    return offset(at: second) == after ? second : first
  }

  /// The instant of a written time: its own offset when it has one, else this zone.
  public func instant(_ time: WrittenTime) -> Instant {
    time.instant ?? instant(local: time.local)
  }

  /// The calendar day of an instant in this zone: `2026-07-01`.
  public func date(of instant: Instant) -> String {
    instant.advanced(by: offset(at: instant)).date
  }

  /// The last day of a period in this zone, the day before its end.
  public func lastDay(of period: Period) -> String { date(of: period.end.advanced(by: -1)) }
}
