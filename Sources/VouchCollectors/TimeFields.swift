import VouchModel

/// Reads the times of an export's fields: ISO 8601, the collector's own layouts, or the layout in
/// the option `time_format` (a ``TimePattern``).
///
/// A time without an offset is read in the source's configured zone, and the reading says so; with
/// no zone configured it is no instant at all (formats, rule 2).
final class TimeFields {
  private let item: EvidenceItem
  private let format: String
  private let problems: RepeatedProblems
  private let patterns: [TimePattern]

  /// - Parameter patterns: layouts that the tool is known to use besides ISO 8601.
  init(
    _ item: EvidenceItem, format: String, patterns: [String] = [], problems: RepeatedProblems
  ) {
    self.item = item
    self.format = format
    self.problems = problems
    let configured = item.options["time_format"]
    if let configured, TimePattern(configured) == nil {
      problems.add(.badTimeFormat(format, configured))
    }
    self.patterns = ([configured].compactMap(\.self) + patterns).compactMap(TimePattern.init)
  }

  /// The instant of a JSON value: ISO 8601, or epoch time as a number. Nil for "none".
  func instant(
    _ value: JSON, _ field: String, at place: String, severity: Diagnostic.Severity = .warning
  ) -> Instant? {
    if case .number = value { return value.instant }
    return instant(value.text, field, at: place, severity: severity)
  }

  /// The instant of a text. Nil for "none"; nil with a problem when the text is no time.
  func instant(
    _ text: String?, _ field: String, at place: String, severity: Diagnostic.Severity = .warning
  ) -> Instant? {
    guard let text, !isNoneSpelling(text) else { return nil }
    guard let time = written(text) else {
      problems.add(.unreadableTime(format, field, severity, at: item.at(place)))
      return nil
    }
    return instant(time, field, at: place, severity: severity)
  }

  private func written(_ text: String) -> WrittenTime? {
    if let time = WrittenTime(iso: text) { return time }
    return patterns.lazy.compactMap { $0.read(text) }.first
  }

  /// The instant of a written time, in the source's zone when it names none itself.
  func instant(
    _ time: WrittenTime, _ field: String, at place: String,
    severity: Diagnostic.Severity = .warning
  ) -> Instant? {
    if let instant = time.instant { return instant }
    guard let zone = item.zone else {
      problems.add(.zoneUnknown(format, field, severity, at: item.at(place)))
      return nil
    }
    problems.add(.zoneConfigured(format, field, zone, at: item.at(place)))
    return zone.instant(time)
  }
}

extension Diagnostic {
  fileprivate static func badTimeFormat(_ format: String, _ pattern: String) -> Diagnostic {
    Diagnostic(
      "\(format).time-format", .error, at: "vouch.yaml",
      "time_format '\(pattern)' is not a layout with year, month and day",
      why: "times of this source cannot be read with it",
      fix: "write it like dd.MM.yyyy HH:mm:ss, with quotes around words: dd.MM.yyyy 'at' HH:mm")
  }

  static func unreadableTime(
    _ format: String, _ field: String, _ severity: Severity, at place: String
  ) -> Diagnostic {
    Diagnostic(
      "\(format).unreadable-time", severity, at: place,
      "the text in field '\(field)' is not a time in a layout that is read here",
      why: "without it the record cannot be placed in the period",
      fix: "export with ISO 8601 times, or set the option time_format:, as in dd.MM.yyyy HH:mm")
  }

  static func zoneUnknown(
    _ format: String, _ field: String, _ severity: Severity, at place: String
  ) -> Diagnostic {
    Diagnostic(
      "\(format).zone-unknown", severity, at: place,
      "field '\(field)' holds times without a time zone",
      why: "a local time of an unknown place is no instant; it is left out, not guessed",
      fix: "set the zone of the source in vouch.yaml, for example zone: Europe/Berlin")
  }

  static func zoneConfigured(
    _ format: String, _ field: String, _ zone: Zone, at place: String
  ) -> Diagnostic {
    Diagnostic(
      "\(format).zone-configured", .note, at: place,
      "times without a zone in field '\(field)' are read as \(zone.identifier)",
      why: "the export does not say its zone; vouch.yaml does")
  }
}
