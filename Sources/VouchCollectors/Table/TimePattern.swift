import VouchModel

/// A date and time layout such as `dd.MM.yyyy HH:mm`, for exports that do not write ISO 8601.
///
/// A run of one of these letters is a field, everything else stands for itself; letters that are
/// meant literally go between apostrophes (`yyyy-MM-dd'T'HH:mm`). The letters are those of
/// Unicode TS 35, of which this is the small part that exports need:
///
/// | field | reads |
/// | --- | --- |
/// | `yyyy` `yy` | year; two digits are 1970 to 2069 |
/// | `MM` `M` `MMM` | month: two digits, one or two, English name or its beginning (`Jul`, `July`) |
/// | `dd` `d` | day: two digits, one or two |
/// | `EEE` | an English day name, which is not checked |
/// | `HH` `H` `hh` `h` | hour of 24, hour of 12 (needs `a`) |
/// | `a` | AM or PM |
/// | `mm` `ss` | minute, second |
/// | `S` | digits after the decimal point, cut |
/// | `Z` | offset: `Z`, `UTC`, `GMT`, `+0200`, `+02:00`, `GMT-0500` |
///
/// Three whole words stand for layouts of their own: `iso` (ISO 8601), `epoch` (seconds, or
/// milli-, micro- or nanoseconds by magnitude) and `excel` (days since 1899-12-30, as
/// spreadsheets store dates).
public struct TimePattern: Hashable, Sendable {
  private enum Part: Hashable, Sendable {
    case literal([UInt8])
    case field(Character, Int)
  }
  private enum Layout: Hashable, Sendable { case iso, epoch, excel, parts([Part]) }
  private let layout: Layout

  /// Nil when the pattern has a letter that is no field, or no year, month and day.
  public init?(_ pattern: String) {
    switch pattern {
    case "iso": layout = .iso
    case "epoch": layout = .epoch
    case "excel": layout = .excel
    default:
      guard let parts = Self.parts(of: pattern) else { return nil }
      layout = .parts(parts)
    }
  }

  private static func parts(of pattern: String) -> [Part]? {
    var parts: [Part] = []
    var rest = Substring(pattern)
    while let c = rest.first {
      if c == "'" {
        rest.removeFirst()
        guard let end = rest.firstIndex(of: "'") else { return nil }
        parts.append(.literal(end == rest.startIndex ? [0x27] : Array(rest[..<end].utf8)))
        rest = rest[rest.index(after: end)...]
      } else if c.isLetter {
        guard let widths = allowedWidths[c] else { return nil }
        let run = rest.prefix { $0 == c }
        guard widths.contains(run.count) else { return nil }
        parts.append(.field(c, run.count))
        rest = rest[run.endIndex...]
      } else {
        parts.append(.literal(Array(String(c).utf8)))
        rest.removeFirst()
      }
    }
    func has(_ letter: Character) -> Bool {
      parts.contains { if case .field(letter, _) = $0 { true } else { false } }
    }
    guard has("y"), has("M"), has("d"), !has("h") || has("a") else { return nil }
    return parts
  }

  private static let allowedWidths: [Character: ClosedRange<Int>] = [
    "y": 2...4, "M": 1...4, "d": 1...2, "E": 3...4, "H": 1...2, "h": 1...2, "a": 1...1,
    "m": 1...2, "s": 1...2, "S": 1...9, "Z": 1...1,
  ]

  /// The time that a text writes in this layout; nil when it does not fit or does not exist.
  public func read(_ text: String) -> WrittenTime? {
    switch layout {
    case .iso: return WrittenTime(iso: text)
    case .epoch:
      guard let instant = epochInstant(text) else { return nil }
      return Self.written(instant, zone: .offset(0))
    case .excel:
      guard let days = Double(text), days.isFinite, (1...1_000_000).contains(days) else {
        return nil
      }
      // Spreadsheets count a 29 February 1900 that never was, so day 0 is 1899-12-30.
      let epoch = Instant(year: 1899, month: 12, day: 30)
      let seconds = Int64((days * 86400).rounded())
      return Self.written(epoch.advanced(by: seconds), zone: .unwritten)
    case .parts(let parts): return Self.read(text, parts)
    }
  }

  private static func written(_ instant: Instant, zone: WrittenTime.Zone) -> WrittenTime? {
    let c = instant.civil
    return WrittenTime(
      year: c.year, month: c.month, day: c.day, hour: c.hour, minute: c.minute, second: c.second,
      zone: zone)
  }

  private static func read(_ text: String, _ parts: [Part]) -> WrittenTime? {
    var cursor = Cursor(bytes: Array(text.utf8))
    var fields: [Character: Int] = [:]
    var zone = WrittenTime.Zone.unwritten
    for part in parts {
      switch part {
      case .literal(let bytes):
        guard cursor.skip(bytes) else { return nil }
      case .field("M", 3...4):
        guard let month = cursor.name(among: months) else { return nil }
        fields["M"] = month + 1
      case .field("E", _):
        guard cursor.name(among: weekdays) != nil else { return nil }
      case .field("a", _):
        guard let half = cursor.name(among: ["am", "pm"], shortest: 2) else { return nil }
        fields["a"] = half
      case .field("S", _):
        guard cursor.number(1...12) != nil else { return nil }
      case .field("Z", _):
        guard let seconds = cursor.offset() else { return nil }
        zone = .offset(seconds)
      case .field("y", let width):
        let digits = width == 2 ? 2 : 4
        guard let year = cursor.number(digits...digits) else { return nil }
        fields["y"] = width == 2 ? year + (year < 70 ? 2000 : 1900) : year
      case .field(let letter, let width):
        guard let value = cursor.number(width...2) else { return nil }
        fields[letter] = value
      }
    }
    guard cursor.atEnd, let year = fields["y"], let month = fields["M"], let day = fields["d"]
    else { return nil }
    var hour = fields["H"] ?? 0
    if let twelve = fields["h"], let half = fields["a"] {
      guard (1...12).contains(twelve) else { return nil }
      hour = twelve % 12 + 12 * half
    }
    return WrittenTime(
      year: year, month: month, day: day, hour: hour, minute: fields["m"] ?? 0,
      second: fields["s"] ?? 0, zone: zone, hasTime: fields["H"] != nil || fields["h"] != nil)
  }

  private static let months = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
  ]
  private static let weekdays = [
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
  ]
}

/// A place in a text that is being matched field by field.
private struct Cursor {
  let bytes: [UInt8]
  var at = 0

  init(bytes: [UInt8]) {
    self.bytes = bytes
    skipSpaces()
  }

  var atEnd: Bool { bytes[at...].allSatisfy { $0 == 0x20 } }

  private mutating func skipSpaces() { while at < bytes.count, bytes[at] == 0x20 { at += 1 } }

  /// A blank in the pattern stands for one or more blanks: `ls` and `date` pad with them.
  mutating func skip(_ literal: [UInt8]) -> Bool {
    if literal == [0x20] {
      let start = at
      skipSpaces()
      return at > start
    }
    guard bytes[at...].starts(with: literal) else { return false }
    at += literal.count
    return true
  }

  mutating func number(_ widths: ClosedRange<Int>) -> Int? {
    var value = 0
    var width = 0
    while width < widths.upperBound, at < bytes.count, (48...57).contains(bytes[at]) {
      value = value * 10 + Int(bytes[at] - 48)
      at += 1
      width += 1
    }
    return width >= widths.lowerBound ? value : nil
  }

  /// Index of the name that the letters here begin, at least `shortest` of them.
  mutating func name(among names: [String], shortest: Int = 3) -> Int? {
    let letters = bytes[at...].prefix { ($0 | 0x20) >= 97 && ($0 | 0x20) <= 122 }
    let word = String(decoding: letters, as: UTF8.self).lowercased()
    guard word.utf8.count >= shortest, let i = names.firstIndex(where: { $0.hasPrefix(word) })
    else { return nil }
    at += letters.count
    return i
  }

  /// Seconds east of UTC.
  mutating func offset() -> Int? {
    for word in ["UTC", "GMT", "Z"] where bytes[at...].starts(with: Array(word.utf8)) {
      at += word.utf8.count
      if at == bytes.count || (bytes[at] != UInt8(ascii: "+") && bytes[at] != UInt8(ascii: "-")) {
        return 0
      }
      break
    }
    guard at < bytes.count, bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-")
    else { return nil }
    let sign = bytes[at] == UInt8(ascii: "-") ? -1 : 1
    at += 1
    guard let hours = number(2...2) else { return nil }
    if at < bytes.count, bytes[at] == UInt8(ascii: ":") { at += 1 }
    let minutes = atEnd ? 0 : number(2...2)
    guard let minutes, hours <= 14, minutes < 60 else { return nil }
    return sign * (hours * 3600 + minutes * 60)
  }
}
