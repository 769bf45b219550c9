import VouchModel

/// Reads `last` (wtmp) of one host for its boots: `last -x -w -F` is best. Sessions of people are
/// not read.
///
/// A boot ended cleanly when a shutdown follows it, or when `last` gives it an end that lies before
/// the next boot: `last` takes that end from a shutdown line that it does not print without `-x`.
/// After a crash it prints the next clean end, or now, which is no end at all.
///
/// With `--time-format iso` times have their offset. Else they are local and without zone, and
/// without `-F` there is no year: it is found from the weekday, the order of the lines and the line
/// `wtmp begins`. The output names no host: see
/// ``VouchModel/EvidenceItem/subjectHost``.
enum LastCollector: Collector {
  static let format = "last"
  static let summary = "last (wtmp) of one host: boots and shutdowns"
  static let gives: [RecordType] = [.reboot, .host_sighting]

  static func recognises(_ head: Head) -> Bool {
    guard head.json == nil, head.xmlRoot == nil, !head.text.contains("btmp begins") else {
      return false
    }
    return head.text.contains("wtmp begins ")
      || head.text.firstMatch(of: #/(?m)^reboot +system boot  .* (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) /#)
        != nil
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.reboot, .host_sighting)
    guard let host = item.subjectHost else {
      reading.diagnose(.subjectUnknown(format, at: item.label))
      return
    }
    var lines: [BootLine] = []
    var begins: WrittenTime?
    try item.lines(reading) { bytes, number in
      let text = String(decoding: bytes, as: UTF8.self)
      if let match = text.wholeMatch(of: #/wtmp begins (.*?)\s*/#) {
        begins = unixTime(match.1) ?? WrittenTime(iso: match.1)
      } else if text.hasPrefix("reboot ") || text.hasPrefix("shutdown ") {
        if let line = BootLine(text, number: number) {
          lines.append(line)
        } else {
          reading.diagnose(.lastLine(at: item.at("L\(number)")))
        }
      }
    }
    if begins == nil { reading.diagnose(.lastCut(at: item.label)) }
    // Newest first; the rest reads better in the order of time.
    let dated = Years(begins, item.provenance.collectedAt).dated(lines.reversed())
    let isZoned = begins?.instant != nil || lines.contains(where: \.isZoned)
    guard let zone = isZoned ? .utc : zone(item, reading) else { return }
    reading.append(.hostSighting(source: "last", ref: host, place: "L1"))
    readBoots(dated, of: host, zone, item, reading)
    if let begins { reading.coversFrom = zone.instant(begins) }
  }

  private static func zone(_ item: EvidenceItem, _ reading: Reading) -> Zone? {
    guard let zone = item.zone else {
      reading.diagnose(.zoneUnknown(format, "time of boot", .error, at: item.label))
      return nil
    }
    reading.diagnose(.zoneConfigured(format, "time of boot", zone, at: item.label))
    return zone
  }

  private static func readBoots(
    _ lines: [BootLine], of host: String, _ zone: Zone, _ item: EvidenceItem, _ reading: Reading
  ) {
    for (index, line) in lines.enumerated() where line.isBoot {
      guard let start = line.start else {
        reading.diagnose(.lastYear(at: item.at("L\(line.number)")))
        continue
      }
      let next = index + 1 < lines.count ? lines[index + 1] : nil
      var record = Record(.reboot, place: "L\(line.number)")
      record["source"] = .text("last")
      record["asset_id"] = .text(host)
      record["booted_at"] = .instant(zone.instant(local: start))
      record["kernel"] = .text(line.kernel)
      switch next.map(line.ending) {
      case .clean(let end):
        record["ended_at"] = .instant(zone.instant(local: end))
        record["clean"] = .flag(true)
      case .crash: record["clean"] = .flag(false)
      case .unknown, nil: break
      }
      if let nextStart = next?.start, nextStart < start {
        reading.diagnose(.lastOrder(at: item.at("L\(line.number)")))
      }
      if let end = line.end, end < start {
        reading.diagnose(.lastClock(at: item.at("L\(line.number)")))
      }
      reading.append(record)
    }
  }
}

/// A line `reboot   system boot ...` or `shutdown system down ...`.
private struct BootLine {
  let isBoot: Bool
  let number: Int
  let kernel: String?
  /// The start as written, read as if in UTC; year 0 when it is not written.
  private let month: Int
  private let day: Int
  private let weekday: Substring
  private let clock: (hour: Int, minute: Int, second: Int)
  private var year: Int?
  private let writtenEnd: Instant?
  /// Seconds that `last` puts between start and end; nil when negative or not written.
  private let duration: Int64?
  private let saysCrash: Bool
  private let saysRunning: Bool
  /// The start where the line names its offset; start and end are then in UTC.
  private var zoned: Instant?
  var isZoned: Bool { zoned != nil }

  /// How a run of the host ended.
  enum Ending { case clean(Instant), crash, unknown }

  init?(_ text: String, number: Int) {
    if let line = BootLine(iso: text, number: number) {
      self = line
      return
    }
    let pattern =
      #/(reboot|shutdown) +system (?:boot|down) +(?:(\S+) +)?(Mon|Tue|Wed|Thu|Fri|Sat|Sun) (\w{3}) +(\d+) (\d\d):(\d\d)(?::(\d\d))?(?: (\d{4}))?(?: +- +(.*?))?(?: +still running)?(?: *\((?:(\d+)\+)?(\d\d):(\d\d)\)| *\(.*\))? */#
    guard let match = text.wholeMatch(of: pattern), let month = monthNumber(match.4),
      let day = Int(match.5), let hour = Int(match.6), let minute = Int(match.7)
    else { return nil }
    isBoot = match.1 == "reboot"
    saysRunning = text.contains(" still running")
    self.number = number
    kernel = match.2.flatMap { $0 == "0.0.0.0" ? nil : String($0) }
    weekday = match.3
    self.month = month
    self.day = day
    clock = (hour, minute, match.8.flatMap { Int($0) } ?? 0)
    year = match.9.flatMap { Int($0) }
    writtenEnd = match.10.flatMap { unixTime($0)?.local }
    saysCrash = match.10 == "crash"
    let hours = match.12.flatMap { Int32($0) }
    duration = hours.flatMap { hours in
      let days = match.11.flatMap { Int32($0) } ?? 0
      return match.13.flatMap { Int32($0) }
        .map { (Int64(days) * 24 + Int64(hours)) * 3600 + Int64($0) * 60 }
    }
  }

  /// A line of `--time-format iso`.
  private init?(iso text: String, number: Int) {
    let pattern =
      #/(reboot|shutdown) +system (?:boot|down) +(?:(\S+) +)?(\d{4}-\d\d-\d\dT\S+)(?: +- +(\S+))?(?: +still running)?(?: *\(.*\))? */#
    guard let match = text.wholeMatch(of: pattern),
      let start = WrittenTime(iso: match.3)?.instant
    else { return nil }
    isBoot = match.1 == "reboot"
    saysRunning = text.contains(" still running")
    self.number = number
    kernel = match.2.flatMap { $0 == "0.0.0.0" ? nil : String($0) }
    let civil = start.civil
    weekday = ""
    month = civil.month
    day = civil.day
    clock = (civil.hour, civil.minute, civil.second)
    year = civil.year
    writtenEnd = match.4.flatMap { WrittenTime(iso: $0)?.instant }
    saysCrash = match.4 == "crash"
    duration = nil
    zoned = start
  }

  /// The end as `last` gives it: written with `-F`, else the start and the duration.
  var end: Instant? {
    writtenEnd
      ?? (saysCrash ? nil : start.flatMap { start in duration.map { start.advanced(by: $0) } })
  }

  var isDated: Bool { year != nil }
  var start: Instant? { zoned ?? year.flatMap(instant(year:)) }

  /// The start in a year; nil when that day had another name.
  func instant(year: Int) -> Instant? {
    guard
      let time = WrittenTime(
        year: year, month: month, day: day, hour: clock.hour, minute: clock.minute,
        second: clock.second)
    else { return nil }
    return weekdayName(time.local) == weekday ? time.local : nil
  }

  func dated(_ year: Int) -> BootLine {
    var line = self
    line.year = year
    return line
  }

  /// How this boot ended, knowing the line that comes next in time.
  func ending(before next: BootLine) -> Ending {
    guard let start, let nextStart = next.start, start <= nextStart else { return .unknown }
    if !next.isBoot { return .clean(nextStart) }
    if saysCrash { return .crash }
    // Nobody ended it, and yet the host was started again.
    guard let end else { return saysRunning ? .crash : .unknown }
    return end >= start && end <= nextStart ? .clean(end) : .crash
  }
}

/// Finds the years that `last` leaves out without `-F`.
private struct Years {
  private let begins: Instant?
  private let latest: Instant

  /// - Parameter latest: no line is newer than the time of collection.
  init(_ begins: WrittenTime?, _ latest: Instant) {
    self.begins = begins?.local
    self.latest = latest
  }

  /// Lines oldest first. From where the file begins each line is in the first year in which its
  /// weekday fits and it is not older than the line before; without a beginning, backwards from
  /// the collection.
  func dated(_ lines: [BootLine]) -> [BootLine] {
    if lines.allSatisfy(\.isDated) { return lines }
    guard let begins else { return datedBackwards(lines) }
    var bound = begins.advanced(by: -60)
    return lines.map { line in
      for year in bound.civil.year...bound.civil.year + 6 {
        if let time = line.instant(year: year), time >= bound {
          bound = time
          return line.dated(year)
        }
      }
      return line
    }
  }

  private func datedBackwards(_ lines: [BootLine]) -> [BootLine] {
    // A day of tolerance, since the lines are local times.
    var bound = latest.advanced(days: 1)
    return lines.reversed().map { line in
      for year in (bound.civil.year - 6...bound.civil.year).reversed() {
        if let time = line.instant(year: year), time <= bound {
          bound = time
          return line.dated(year)
        }
      }
      return line
    }.reversed()
  }
}

/// A time as C's `ctime` and `last -F` write it: `Tue Jan  5 14:29:36 2021`, in English.
func unixTime(_ text: some StringProtocol) -> WrittenTime? {
  let pattern = #/\w{3} (\w{3}) +(\d+) (\d\d):(\d\d):(\d\d) (\d{4})/#
  guard let match = String(text.trimmingSpace).wholeMatch(of: pattern),
    let month = monthNumber(match.1), let day = Int(match.2), let hour = Int(match.3),
    let minute = Int(match.4), let second = Int(match.5), let year = Int(match.6)
  else { return nil }
  return WrittenTime(
    year: year, month: month, day: day, hour: hour, minute: minute, second: second)
}

private func monthNumber(_ name: Substring) -> Int? {
  ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    .firstIndex(of: String(name)).map { $0 + 1 }
}

/// The first day of 1970 was a Thursday.
private func weekdayName(_ local: Instant) -> String {
  let days = (local.seconds - (local.seconds < 0 ? 86399 : 0)) / 86400
  return ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][Int(((days % 7) + 7) % 7)]
}

extension Diagnostic {
  fileprivate static func lastLine(at place: String) -> Diagnostic {
    Diagnostic(
      "last.unknown-line", .error, at: place, "the line of a boot or shutdown is not understood",
      why: "a restart may be missing",
      fix: "collect LC_ALL=C last -x -w --time-format iso reboot shutdown")
  }

  fileprivate static func lastCut(at place: String) -> Diagnostic {
    Diagnostic(
      "last.no-beginning", .warning, at: place, "the text has no line 'wtmp begins'",
      why: "how far back it goes is unknown", fix: "collect all of last's output, without -n")
  }

  fileprivate static func lastYear(at place: String) -> Diagnostic {
    Diagnostic(
      "last.year-unknown", .error, at: place,
      "no year fits the weekday of this boot and the order of the lines",
      why: "a boot without a year belongs to no period", fix: "collect with last -F")
  }

  fileprivate static func lastOrder(at place: String) -> Diagnostic {
    Diagnostic(
      "last.order", .error, at: place, "the boot is newer than the line above it",
      why: "lines of several hosts or files stand in one text, or the clock jumped",
      fix: "collect each host on its own")
  }

  fileprivate static func lastClock(at place: String) -> Diagnostic {
    Diagnostic(
      "last.clock-set-back", .warning, at: place, "a boot ends before it begins",
      why: "the clock was set back after the boot, so its time is too late",
      fix: "let the host set its clock before it writes wtmp")
  }
}
