import VouchModel

/// Reads the log of Nagios Core (`nagios.log` and its archives) as outages and downtimes.
///
/// Only hard states count. An outage that is confirmed begins with the first soft failure of its
/// run. One that lasts beyond the file ends, in this file, with its last line: the next file begins
/// with the current states, so the two touch. A host is the service `host`, a service
/// `host/description`; see ``MonitoredServices`` for the organisation's own names.
enum NagiosLogCollector: Collector {
  static let format = "nagios_log"
  static let summary = "Nagios Core: log with alerts, states and downtimes"
  static let gives: [RecordType] = [.outage]

  static func recognises(_ head: Head) -> Bool {
    head.text.firstMatch(
      of:
        /(?m)^\[\d{9,10}\] (?:(?:HOST|SERVICE) (?:ALERT|DOWNTIME ALERT)|(?:CURRENT|INITIAL) (?:HOST|SERVICE) STATE|LOG ROTATION|LOG VERSION|Nagios \d)/
    ) != nil
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.outage)
    var log = NagiosLog(names: MonitoredServices(item))
    try item.lines(reading) { bytes, number in
      let line = String(decoding: bytes, as: UTF8.self)
      if line.trimmingSpace.isEmpty { return }
      guard let match = line.prefixMatch(of: #/\[(\d{9,10})\] /#), let seconds = Int64(match.1)
      else {
        reading.diagnose(.nagiosLine(at: item.at("L\(number)")))
        return
      }
      for record in log.take(
        line[match.range.upperBound...], at: Instant(seconds: seconds), line: number)
      {
        reading.append(record)
      }
    }
    for record in log.finish() { reading.append(record) }
    reading.coversFrom = log.first
    reading.coversTo = log.last
  }
}

/// The states of hosts and services while the log is read.
private struct NagiosLog {
  private struct Run {
    var start: Instant
    var place: String
    var isHard: Bool
    var isUnknown: Bool
  }

  private let names: MonitoredServices
  private var runs: [String: Run] = [:]
  private var downtimes: [String: (start: Instant, place: String)] = [:]
  private(set) var first: Instant?
  private(set) var last: Instant?

  init(names: MonitoredServices) { self.names = names }

  mutating func take(_ text: Substring, at time: Instant, line: Int) -> [Record] {
    first = first ?? time
    last = time
    guard let colon = text.firstIndex(of: ":") else { return [] }
    let kind = text[..<colon]
    var fields = text[text.index(after: colon)...]
      .split(separator: ";", omittingEmptySubsequences: false).map { String($0.trimmingSpace) }[...]
    guard let host = fields.popFirst() else { return [] }
    var name = host
    if kind.contains("SERVICE") {
      guard let service = fields.popFirst() else { return [] }
      name += "/\(service)"
    }
    switch kind {
    case "HOST ALERT", "SERVICE ALERT", "CURRENT HOST STATE", "CURRENT SERVICE STATE",
      "INITIAL HOST STATE", "INITIAL SERVICE STATE":
      guard let state = fields.popFirst(), let type = fields.popFirst() else { return [] }
      return enter(state, isHard: type == "HARD", name, at: time, line: line)
    case "HOST DOWNTIME ALERT", "SERVICE DOWNTIME ALERT":
      return downtime(fields.first ?? "", name, at: time, line: line)
    default: return []
    }
  }

  /// UNREACHABLE and UNKNOWN say that nobody could look; a warning still answers.
  private mutating func enter(
    _ state: String, isHard: Bool, _ name: String, at time: Instant, line: Int
  ) -> [Record] {
    let isFailure = ["DOWN", "CRITICAL", "UNREACHABLE", "UNKNOWN"].contains(state)
    let isUnknown = state == "UNREACHABLE" || state == "UNKNOWN"
    var ended: [Record] = []
    if let run = runs[name], !isFailure || (run.isUnknown != isUnknown && run.isHard) {
      runs[name] = nil
      if run.isHard { ended = [outage(run, name, until: time)] }
    }
    guard isFailure else { return ended }
    var run =
      runs[name]
      ?? Run(start: time, place: "L\(line)", isHard: isHard, isUnknown: isUnknown)
    run.isHard = run.isHard || isHard
    run.isUnknown = isUnknown
    runs[name] = run
    return ended
  }

  private mutating func downtime(
    _ word: String, _ name: String, at time: Instant, line: Int
  ) -> [Record] {
    if word == "STARTED" {
      downtimes[name] = (time, "L\(line)")
      return []
    }
    guard let downtime = downtimes.removeValue(forKey: name) else { return [] }
    return [planned(downtime, name, until: time)]
  }

  private func outage(_ run: Run, _ name: String, until end: Instant) -> Record {
    .outage(
      of: names(name), source: "nagios", from: run.start, to: end, at: run.place,
      unknown: run.isUnknown)
  }

  private func planned(
    _ downtime: (start: Instant, place: String), _ name: String, until end: Instant
  ) -> Record {
    .outage(
      of: names(name), source: "nagios downtime", from: downtime.start, to: end,
      at: downtime.place, planned: true)
  }

  /// What is still going on at the end of the file.
  mutating func finish() -> [Record] {
    guard let last else { return [] }
    let open = runs.sorted { $0.key < $1.key }.filter { $0.value.isHard }
      .map { outage($0.value, $0.key, until: last) }
    let announced = downtimes.sorted { $0.key < $1.key }
      .map { planned($0.value, $0.key, until: last) }
    return open + announced
  }
}

extension Diagnostic {
  fileprivate static func nagiosLine(at place: String) -> Diagnostic {
    Diagnostic(
      "nagios_log.unknown-line", .error, at: place, "the line does not begin with [epoch seconds]",
      why: "a change of state may be missing", fix: "copy the log again")
  }
}
