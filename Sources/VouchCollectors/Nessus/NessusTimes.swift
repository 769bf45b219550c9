import VouchModel

/// A time of a scanner as its export writes it.
struct NessusTime {
  var written: WrittenTime?
  /// `HOST_START_TIMESTAMP`: the same instant as epoch seconds.
  var instant: Instant?
  /// The tag held text that is no time.
  var isUnreadable = false

  var isPresent: Bool { written != nil || instant != nil }

  /// Seconds east of UTC, when both forms are there and tell a possible offset.
  var offset: Int64? {
    guard let instant, let written, written.zone == .unwritten else { return nil }
    let offset = written.local.seconds - instant.seconds
    return abs(offset) <= 14 * 3600 && offset % 900 == 0 ? offset : nil
  }

  /// The instant: as epoch seconds, by a written offset, by the offset of the host's other time,
  /// or in a zone that is known from elsewhere.
  func resolved(offset: Int64?, zone: Zone?) -> Instant? {
    if let instant { return instant }
    guard let written else { return nil }
    if let instant = written.instant { return instant }
    if let offset { return written.local.advanced(by: -offset) }
    return zone?.instant(written)
  }
}

extension WrittenTime {
  /// C's `ctime` form, which has no zone: `Tue Jan  7 08:19:20 2014`.
  init?(ctime text: String) {
    let words = text.utf8.split(separator: 0x20).map { Substring($0) }
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    guard words.count == 5, let month = months.firstIndex(of: String(words[1])),
      let day = Int(words[2]), let year = Int(words[4])
    else { return nil }
    let time = words[3].utf8.split(separator: UInt8(ascii: ":")).compactMap { Int(Substring($0)) }
    guard time.count == 3 else { return nil }
    self.init(
      year: year, month: month + 1, day: day, hour: time[0], minute: time[1], second: time[2])
  }
}
