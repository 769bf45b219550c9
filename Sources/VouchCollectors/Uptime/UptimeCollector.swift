import VouchModel

/// Reads what `uptime`, `uptime -p`, `uptime -s` and `/proc/uptime` say of one host.
///
/// How long the host has run becomes the metric `uptime_s`, the load of the last minute `load1`,
/// at the time of the collection: the text has a time of day and no date. `uptime -s` gives the
/// boot itself. The output names no host: see ``VouchModel/EvidenceItem/subjectHost``.
enum UptimeCollector: Collector {
  static let format = "uptime"
  static let summary = "uptime of one host: time since boot and load"
  static let gives: [RecordType] = [.metric, .reboot, .host_sighting]

  static func recognises(_ head: Head) -> Bool {
    guard head.json == nil, head.xmlRoot == nil else { return false }
    let text = head.text.trimmingSpace
    if text.contains("\n") { return false }
    if text.contains(" up "), text.contains("load average") { return true }
    return head.name.contains("uptime")
      && (text.hasPrefix("up ") || procUptime(text) != nil || WrittenTime(iso: text) != nil)
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    let text = String(decoding: try item.decodedText(reading), as: UTF8.self).trimmingSpace
    guard let host = item.subjectHost else {
      reading.diagnose(.subjectUnknown(format, at: item.label))
      return
    }
    let time = item.provenance.effectiveAt ?? item.provenance.collectedAt
    if let boot = WrittenTime(iso: text) {
      readBoot(boot, of: host, item, reading)
    } else if let seconds = procUptime(text) ?? upSeconds(text) {
      checkTimeOfDay(text, time, item, reading)
      reading.append(.metric("uptime_s", of: host, at: time, seconds, place: "L1"))
      if let load = text.firstMatch(of: #/load averages?: ([\d.]+)/#).flatMap({ Double($0.1) }) {
        reading.append(.metric("load1", of: host, at: time, load, place: "L1"))
      }
    } else {
      reading.diagnose(.uptimeText(at: item.at("L1")))
      return
    }
    reading.append(.hostSighting(source: "uptime", ref: host, place: "L1"))
  }

  private static func readBoot(
    _ boot: WrittenTime, of host: String, _ item: EvidenceItem, _ reading: Reading
  ) {
    let problems = RepeatedProblems()
    let times = TimeFields(item, format: format, problems: problems)
    if let booted = times.instant(boot, "system up since", at: "L1", severity: .error) {
      var record = Record(.reboot, place: "L1")
      record["source"] = .text("uptime")
      record["asset_id"] = .text(host)
      record["booted_at"] = .instant(booted)
      reading.append(record)
    }
    problems.report(to: reading)
  }

  /// `350735.47 234388.90`: seconds since boot, idle seconds of all processors.
  private static func procUptime(_ text: some StringProtocol) -> Double? {
    String(text).wholeMatch(of: #/(\d+\.\d+) \d+\.\d+/#).flatMap { Double($0.1) }
  }

  /// `up 5 days,  3:21,  2 users`, `up 10 min`, `up 1 day, 2 min`, `up 2 weeks, 3 hours`.
  private static func upSeconds(_ text: some StringProtocol) -> Double? {
    guard let match = String(text).firstMatch(of: #/\bup +(.*?)(?:, +\d+ users?\b.*|$)/#) else {
      return nil
    }
    var seconds = 0
    for part in match.1.split(separator: ",").map(\.trimmingSpace) {
      if let clock = part.wholeMatch(of: #/(\d+):(\d\d)/#) {
        seconds += Int(Int32(clock.1) ?? 0) * 3600 + (Int(clock.2) ?? 0) * 60
      } else if let unit = part.wholeMatch(
        of: #/(\d+) (year|week|day|hour|min|minute|sec|second)s?/#)
      {
        let sizes = [
          "year": 31_536_000, "week": 604_800, "day": 86400, "hour": 3600, "min": 60,
          "minute": 60, "sec": 1, "second": 1,
        ]
        seconds += Int(Int32(unit.1) ?? 0) * (sizes[String(unit.2)] ?? 0)
      } else {
        return nil
      }
    }
    return Double(seconds)
  }

  /// A copied file may be older than its collection; the time of day shows it when the zone is
  /// known, a command has just run.
  private static func checkTimeOfDay(
    _ text: some StringProtocol, _ time: Instant, _ item: EvidenceItem, _ reading: Reading
  ) {
    if item.provenance.transport == "command" || item.provenance.effectiveAt != nil { return }
    guard let zone = item.zone, let match = String(text).prefixMatch(of: #/(\d\d):(\d\d):\d\d /#),
      let hour = Int(match.1), let minute = Int(match.2)
    else {
      reading.diagnose(.uptimeDate(at: item.at("L1")))
      return
    }
    let local = time.advanced(by: zone.offset(at: time)).civil
    let apart = abs((hour * 60 + minute) - (local.hour * 60 + local.minute))
    if min(apart, 1440 - apart) > 60 { reading.diagnose(.uptimeDate(at: item.at("L1"))) }
  }
}

extension Diagnostic {
  fileprivate static func uptimeText(at place: String) -> Diagnostic {
    Diagnostic(
      "uptime.unknown-text", .error, at: place, "the text is not what uptime prints",
      why: "how long the host has run is unknown", fix: "collect LC_ALL=C uptime")
  }

  fileprivate static func uptimeDate(at place: String) -> Diagnostic {
    Diagnostic(
      "uptime.date-unknown", .error, at: place, "the text does not say on which day it was printed",
      why: "it is counted at the time of the collection, which may be another day",
      fix: "collect it with the command transport, or set effective: of the source")
  }
}
