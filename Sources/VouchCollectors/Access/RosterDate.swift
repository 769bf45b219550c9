import VouchModel

/// Calendar days of a personnel list, as instants in the company's zone.
struct RosterDates {
  private let zone: Zone?
  /// A day was read but had no zone to begin in.
  private(set) var lacksZone = false

  init(zone: Zone?) { self.zone = zone }

  /// The first instant of a day.
  mutating func start(of day: JSON) -> Instant? { instant(day.text, plusDays: 0) }

  /// The end of a last day of work: a person is still employed on the day of termination.
  mutating func end(of day: String?) -> Instant? { instant(day, plusDays: 1) }

  private mutating func instant(_ day: String?, plusDays days: Int64) -> Instant? {
    guard let day, let written = WrittenTime(iso: day) else { return nil }
    guard let zone else {
      lacksZone = true
      return nil
    }
    return zone.instant(local: written.local.advanced(days: days))
  }

  /// Reports days that could not become instants; once per file.
  func report(_ format: String, field: String, _ reading: Reading) {
    guard lacksZone else { return }
    reading.diagnose(.zoneUnknown(format, field, .error, at: reading.item.label))
  }
}
