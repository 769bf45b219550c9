/// A point in time: whole seconds since 1970-01-01T00:00:00Z, leap seconds not counted.
public struct Instant: Hashable, Comparable, Sendable {
  public var seconds: Int64

  /// Ends of time, so far off that no sum or difference of instants overflows.
  private static let bound: Int64 = 1 << 60

  /// What lies beyond the ends of time (`.max` as "never", a number that an export invents) counts
  /// as that end.
  public init(seconds: Int64) {
    self.seconds = max(-Self.bound, min(Self.bound, seconds))
  }

  public static func < (a: Instant, b: Instant) -> Bool { a.seconds < b.seconds }

  public func advanced(by seconds: Int64) -> Instant {
    let (sum, overflow) = self.seconds.addingReportingOverflow(seconds)
    return Instant(seconds: overflow ? (seconds < 0 ? .min : .max) : sum)
  }

  public func advanced(days: Int64) -> Instant {
    let (span, overflow) = days.multipliedReportingOverflow(by: 86400)
    return advanced(by: overflow ? (days < 0 ? .min : .max) : span)
  }

  /// The instant in UTC of a calendar date and time of day that is itself given in UTC.
  ///
  /// Proleptic Gregorian; `second` may be 60, which counts as the next minute's first second.
  public init(
    year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0
  ) {
    self.init(
      seconds: Self.days(year: year, month: month, day: day) * 86400
        + Int64(hour) * 3600 + Int64(minute) * 60 + Int64(second))
  }

  /// Days since 1970-01-01 of a civil date (Howard Hinnant, "chrono-compatible date algorithms").
  public static func days(year: Int, month: Int, day: Int) -> Int64 {
    let y = month <= 2 ? year - 1 : year
    let era = (y >= 0 ? y : y - 399) / 400
    let yoe = y - era * 400
    let doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy
    return Int64(era) * 146_097 + Int64(doe) - 719_468
  }

  /// Year, month (1 to 12), day, hour, minute and second in UTC.
  public var civil: (year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) {
    var days = seconds / 86400
    var rest = Int(seconds % 86400)
    if rest < 0 {
      rest += 86400
      days -= 1
    }
    let z = Int(days) + 719_468
    let era = (z >= 0 ? z : z - 146_096) / 146_097
    let doe = z - era * 146_097
    let yoe = (doe - doe / 1460 + doe / 36524 - doe / 146_096) / 365
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100)
    let mp = (5 * doy + 2) / 153
    let month = mp + (mp < 10 ? 3 : -9)
    return (
      yoe + era * 400 + (month <= 2 ? 1 : 0), month, doy - (153 * mp + 2) / 5 + 1,
      rest / 3600, rest / 60 % 60, rest % 60
    )
  }

  /// `2026-07-01`, the date in UTC.
  public var date: String { String(iso8601.prefix(10)) }

  /// `2026-07-01T00:00:00Z`.
  public var iso8601: String {
    let c = civil
    var text = [UInt8]()
    text.reserveCapacity(20)
    func put(_ value: Int, _ width: Int) {
      var divisor = 1
      for _ in 1..<width { divisor *= 10 }
      var value = value
      while divisor > 0 {
        text.append(UInt8(48 + value / divisor % 10))
        value %= divisor
        divisor /= 10
      }
    }
    put(max(0, min(9999, c.year)), 4)
    text.append(UInt8(ascii: "-"))
    put(c.month, 2)
    text.append(UInt8(ascii: "-"))
    put(c.day, 2)
    text.append(UInt8(ascii: "T"))
    put(c.hour, 2)
    text.append(UInt8(ascii: ":"))
    put(c.minute, 2)
    text.append(UInt8(ascii: ":"))
    put(c.second, 2)
    text.append(UInt8(ascii: "Z"))
    return String(decoding: text, as: UTF8.self)
  }
}

extension Instant: CustomStringConvertible {
  public var description: String { iso8601 }
}

/// A date and time as written, with what it says of its zone.
public struct WrittenTime: Hashable, Sendable {
  public enum Zone: Hashable, Sendable {
    /// Seconds east of UTC; `Z` is 0.
    case offset(Int)
    /// Nothing was written. Such a time is a local time of some machine and no instant.
    case unwritten
  }

  /// The written fields read as if they were UTC.
  public let local: Instant
  public let zone: Zone
  /// False for a date alone.
  public let hasTime: Bool

  /// The instant, when the text itself names its offset.
  public var instant: Instant? {
    if case .offset(let seconds) = zone { return local.advanced(by: -Int64(seconds)) }
    return nil
  }

  /// Reads ISO 8601 and its common relatives: `2026-07-01`, `2026-07-01T08:30:00.123Z`,
  /// `2026-07-01 08:30`, `2026/07/01 08:30:00 +0200`, `20260701T083000Z`.
  ///
  /// Fractions of a second are cut. Returns nil for anything else, for impossible dates
  /// (30 February) and for years before 1900 or after 2999.
  public init?(iso text: some StringProtocol) {
    var bytes = Array(text.utf8)
    while bytes.last == 0x20 { bytes.removeLast() }
    while bytes.first == 0x20 { bytes.removeFirst() }
    var at = 0
    func number(_ width: Int) -> Int? {
      guard at + width <= bytes.count else { return nil }
      var value = 0
      for i in at..<at + width {
        guard bytes[i] >= 48, bytes[i] <= 57 else { return nil }
        value = value * 10 + Int(bytes[i] - 48)
      }
      at += width
      return value
    }
    func peek() -> UInt8? { at < bytes.count ? bytes[at] : nil }

    guard let year = number(4) else { return nil }
    let dateSeparator = peek()
    let hasSeparator = dateSeparator == UInt8(ascii: "-") || dateSeparator == UInt8(ascii: "/")
    if hasSeparator { at += 1 }
    // Nessus writes `2022/3/22`, one digit for a small month.
    func part() -> Int? {
      if hasSeparator, at + 1 >= bytes.count || !(48...57).contains(bytes[at + 1]) {
        return number(1)
      }
      return number(2)
    }
    guard let month = part() else { return nil }
    if hasSeparator {
      guard peek() == dateSeparator else { return nil }
      at += 1
    }
    guard let day = part() else { return nil }
    var hour = 0
    var minute = 0
    var second = 0
    var timed = false
    if let c = peek(), c == UInt8(ascii: "T") || c == UInt8(ascii: " ") || c == UInt8(ascii: "t") {
      at += 1
      guard let h = number(2) else { return nil }
      hour = h
      let colon = peek() == UInt8(ascii: ":")
      if colon { at += 1 }
      guard let m = number(2) else { return nil }
      minute = m
      if colon ? peek() == UInt8(ascii: ":") : (48...57).contains(peek() ?? 0) {
        if colon { at += 1 }
        guard let s = number(2) else { return nil }
        second = s
      }
      if peek() == UInt8(ascii: ".") || peek() == UInt8(ascii: ",") {
        at += 1
        let start = at
        while let c = peek(), c >= 48, c <= 57 { at += 1 }
        if at == start { return nil }
      }
      timed = true
    }
    while peek() == 0x20 { at += 1 }
    var zone = Zone.unwritten
    if let c = peek() {
      let rest = String(decoding: bytes[at...], as: UTF8.self)
      if rest == "Z" || rest == "z" || rest == "UTC" || rest == "GMT" {
        zone = .offset(0)
        at = bytes.count
      } else if c == UInt8(ascii: "+") || c == UInt8(ascii: "-") {
        guard timed else { return nil }
        at += 1
        guard let h = number(2) else { return nil }
        if peek() == UInt8(ascii: ":") { at += 1 }
        let m = at == bytes.count ? 0 : number(2)
        guard let m, h <= 14, m < 60 else { return nil }
        zone = .offset((c == UInt8(ascii: "-") ? -1 : 1) * (h * 3600 + m * 60))
      }
    }
    guard at == bytes.count else { return nil }
    self.init(
      year: year, month: month, day: day, hour: hour, minute: minute, second: second,
      zone: zone, hasTime: timed)
  }

  /// A written time from its parts; nil when the date does not exist.
  public init?(
    year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0,
    zone: Zone = .unwritten, hasTime: Bool = true
  ) {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let lengths = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard (1900...2999).contains(year), (1...12).contains(month),
      (1...lengths[month - 1]).contains(day), (0...24).contains(hour), (0...59).contains(minute),
      (0...60).contains(second), hour < 24 || (minute == 0 && second == 0)
    else { return nil }
    local = Instant(
      year: year, month: month, day: day, hour: hour, minute: minute, second: second)
    self.zone = zone
    self.hasTime = hasTime
  }
}
