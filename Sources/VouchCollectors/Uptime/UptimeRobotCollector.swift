import VouchModel

/// Reads UptimeRobot's monitors with their logs (`getMonitors` of API version 2, `logs=1`), one
/// answer or several in one JSON array. Alert contacts and passwords in it are not read.
///
/// Each log entry of type 1 is an outage, of type 99 a pause: time in which nobody looked.
enum UptimeRobotCollector: Collector {
  static let format = "uptimerobot"
  static let summary = "UptimeRobot: monitors with logs (API version 2)"
  static let gives: [RecordType] = [.outage]

  static func recognises(_ head: Head) -> Bool {
    head.json != nil && head.text.contains("\"monitors\"")
      && (head.text.contains("\"friendly_name\"") || head.text.contains("\"pagination\""))
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    guard let json = try item.json(format: format, reading) else { return }
    let answers =
      json.array?.enumerated().map { (json: $0.element, place: "/\($0.offset)") }
      ?? [(json: json, place: "")]
    let problems = RepeatedProblems()
    var count = 0
    for answer in answers {
      guard answer.json["stat"].text != "fail", let monitors = answer.json["monitors"].array else {
        reading.diagnose(.robotFailed(at: item.at(answer.place)))
        continue
      }
      reading.provides(.outage)
      count += monitors.count
      for (index, monitor) in monitors.enumerated() {
        readMonitor(monitor, at: "\(answer.place)/monitors/\(index)", item, reading, problems)
      }
    }
    let pages = answers[0].json["pagination"]
    reading.checkPage(
      format, of: "monitors", offset: pages["offset"].integer ?? 0, count: count,
      total: pages["total"].integer)
    problems.report(to: reading)
  }

  private static func readMonitor(
    _ monitor: JSON, at place: String, _ item: EvidenceItem, _ reading: Reading,
    _ problems: RepeatedProblems
  ) {
    guard let name = monitor["friendly_name"].text ?? monitor["url"].text else {
      reading.diagnose(.serviceUnknown(format, at: item.at(place)))
      return
    }
    guard let logs = monitor["logs"].array else {
      problems.add(.robotNoLogs(at: item.at(place)))
      return
    }
    let service = MonitoredServices(item)(name)
    let newest = logs.compactMap { $0["datetime"].instant }.max()
    for (index, log) in logs.enumerated() {
      let inner = "\(place)/logs/\(index)"
      guard let start = log["datetime"].instant else {
        problems.add(.robotNoTime(at: item.at(inner)))
        continue
      }
      let kind = log["type"].integer
      switch kind {
      case 1, 99:
        // The newest state is still running; its duration only lasts until the answer.
        let end =
          start == newest ? nil : log["duration"].integer.map { start.advanced(by: Int64($0)) }
        reading.append(
          .outage(
            of: service, source: "uptimerobot", from: start, to: end, at: inner,
            unknown: kind == 99))
      case 2, 98: break
      default: problems.add(.robotKind(at: item.at(inner)))
      }
    }
  }
}

extension Diagnostic {
  fileprivate static func robotFailed(at place: String) -> Diagnostic {
    Diagnostic(
      "uptimerobot.failed", .error, at: place, "the answer has no list 'monitors'",
      why: "UptimeRobot refused the request", fix: "check the key and collect again")
  }

  fileprivate static func robotNoLogs(at place: String) -> Diagnostic {
    Diagnostic(
      "uptimerobot.no-logs", .error, at: place, "a monitor came without its logs",
      why: "a ratio alone does not show when it was down", fix: "add logs=1 to the request")
  }

  fileprivate static func robotNoTime(at place: String) -> Diagnostic {
    Diagnostic(
      "uptimerobot.no-time", .error, at: place, "a log entry has no time",
      why: "an outage without a beginning belongs to no period", fix: "collect the logs again")
  }

  fileprivate static func robotKind(at place: String) -> Diagnostic {
    Diagnostic(
      "uptimerobot.unknown-type", .error, at: place,
      "a log entry's type is none of 1, 2, 98, 99",
      why: "it is neither up nor down", fix: "tell us the number and its meaning")
  }
}
