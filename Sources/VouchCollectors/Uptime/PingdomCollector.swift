import VouchModel

/// Reads Pingdom's answers (API 3.1): `summary.outage` gives outages, `checks` one probe of each
/// check. `summary.average` holds sums that no single outage proves; it is kept as evidence.
///
/// A summary does not name its check: the service comes from the option `service`, or from the
/// check's number in the address (`service.85975: api`).
enum PingdomCollector: Collector {
  static let format = "pingdom"
  static let summary = "Pingdom: outages of a check, list of checks"
  static let gives: [RecordType] = [.outage, .probe]

  static func recognises(_ head: Head) -> Bool {
    guard head.json == "{" else { return false }
    let text = head.text
    if text.contains("\"summary\"") {
      return text.contains("\"timefrom\"") || text.contains("\"totalup\"")
        || text.contains("\"states\"") || text.contains("\"responsetime\"")
    }
    return text.contains("\"checks\"") && text.contains("\"resolution\"")
      && text.contains("\"hostname\"")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    guard let json = try item.json(format: format, reading) else { return }
    if let states = json.at("summary", "states").array {
      readStates(states, item, reading)
    } else if let checks = json["checks"].array {
      readChecks(checks, item, reading)
      reading.checkPage(
        format, of: "checks", count: checks.count,
        total: json.at("counts", "filtered").integer ?? json.at("counts", "total").integer)
    } else {
      reading.diagnose(json.has("summary") ? .pingdomSums(item.label) : .pingdomNothing(item.label))
    }
  }

  private static func readStates(_ states: [JSON], _ item: EvidenceItem, _ reading: Reading) {
    let address = item.provenance.endpoint + "?" + item.provenance.query
    let number = address.firstMatch(of: /summary\.outage\/(\d+)/).map { String($0.1) }
    let names = MonitoredServices(item)
    guard let service = number.map({ names($0) }) ?? names.unnamed else {
      reading.diagnose(.serviceUnknown(format, at: item.label))
      return
    }
    reading.provides(.outage)
    let problems = RepeatedProblems()
    for (index, state) in states.enumerated() {
      let place = "/summary/states/\(index)"
      guard let from = state["timefrom"].instant, let to = state["timeto"].instant else {
        problems.add(.pingdomTimes(at: item.at(place)))
        continue
      }
      reading.coversFrom = min(reading.coversFrom ?? from, from)
      reading.coversTo = max(reading.coversTo ?? to, to)
      switch state["status"].text {
      case "down":
        reading.append(.outage(of: service, source: "pingdom", from: from, to: to, at: place))
      case "unknown":
        reading.append(
          .outage(of: service, source: "pingdom", from: from, to: to, at: place, unknown: true))
      case "up": break
      default: problems.add(.pingdomState(at: item.at(place)))
      }
    }
    problems.report(to: reading)
  }

  private static func readChecks(_ checks: [JSON], _ item: EvidenceItem, _ reading: Reading) {
    reading.provides(.probe)
    let problems = RepeatedProblems()
    for (index, check) in checks.enumerated() {
      let place = "/checks/\(index)"
      guard let name = check["name"].text ?? check["hostname"].text,
        let time = check["lasttesttime"].instant
      else {
        problems.add(.pingdomNeverTested(at: item.at(place)))
        continue
      }
      var up: Bool?
      switch check["status"].text {
      case "up": up = true
      case "down": up = false
      case "unconfirmed_down", "unknown", "paused": up = nil
      default: problems.add(.pingdomState(at: item.at(place)))
      }
      reading.append(
        .probe(
          of: MonitoredServices(item)(name), source: "pingdom", at: time, up: up, place: place,
          latency: check["lastresponsetime"].real,
          interval: check["resolution"].integer.flatMap { Int32(exactly: $0) }.map { Int($0) * 60 })
      )
    }
    problems.report(to: reading)
  }
}

extension Diagnostic {
  fileprivate static func pingdomSums(_ place: String) -> Diagnostic {
    Diagnostic(
      "pingdom.kept-only", .note, at: place,
      "sums of up and down time are kept as evidence and give no record")
  }

  fileprivate static func pingdomNothing(_ place: String) -> Diagnostic {
    Diagnostic(
      "pingdom.nothing-read", .error, at: place, "the answer has neither states nor checks",
      why: "it is an error message or another endpoint's",
      fix: "collect /summary.outage/ID or /checks")
  }

  fileprivate static func pingdomTimes(at place: String) -> Diagnostic {
    Diagnostic(
      "pingdom.no-time", .error, at: place, "a state has no timefrom or timeto",
      why: "it belongs to no period", fix: "collect the summary again")
  }

  fileprivate static func pingdomState(at place: String) -> Diagnostic {
    Diagnostic(
      "pingdom.unknown-status", .error, at: place, "a status is not one that is known here",
      why: "it is neither up nor down", fix: "tell us the word and its meaning")
  }

  fileprivate static func pingdomNeverTested(at place: String) -> Diagnostic {
    Diagnostic(
      "pingdom.never-tested", .error, at: place, "a check has no name or was never tested",
      why: "whether the service is up is unknown", fix: "correct or delete the check")
  }
}
