import VouchModel

/// Reads the text of KernelCare's monitoring address (`/api/kcare/nagios/KEY`), which the checks
/// for Nagios, Zabbix and Datadog use.
///
/// It counts all machines and names only those that are not up to date, so it shows who is late
/// and never that everybody is in time: that needs the list of servers or kcarectl.
enum KernelCareMonitoringCollector: Collector {
  static let format = "kernelcare_monitoring"
  static let summary = "KernelCare monitoring address (nagios): counters and outdated machines"
  static let gives: [RecordType] = [.live_patch, .host_sighting]

  static func recognises(_ head: Head) -> Bool {
    guard head.json == nil, head.xmlRoot == nil else { return false }
    return head.text.firstMatch(of: counters) != nil || isRefusal(head.text)
  }

  private nonisolated(unsafe) static let counters = /uptodate=(\d+);outofdate=(\d+)/

  /// Faults arrive with HTTP 200 as a sentence. It holds the key, so it is not repeated.
  private static func isRefusal(_ text: String) -> Bool {
    let sentences = [
      "Servers not found for key", "Reseller not found", "Registration token not found",
    ]
    return sentences.contains { text.hasPrefix($0) }
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    let text = String(decoding: try item.decodedText(reading), as: UTF8.self)
    guard let match = text.firstMatch(of: counters) else {
      reading.diagnose(isRefusal(text) ? .monitoringRefused(item.label) : .noCounters(item.label))
      return
    }
    var named = 0
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      if line.contains("uptodate=") || line.trimmingSpace.isEmpty { continue }
      if readMachine(line, index + 1, item, reading) { named += 1 }
    }
    let outdated = Int(match.2) ?? 0
    if named > 0, named < outdated {
      reading.diagnose(.monitoringUnnamed(outdated - named, at: item.label))
    }
    let others = sum(of: text) - named
    if others > 0 { reading.diagnose(.monitoringCountedOnly(others, at: item.label)) }
  }

  /// All counters of the first line together: up to date, outdated, unsupported, inactive.
  private static func sum(of text: String) -> Int {
    text.matches(of: /(?:uptodate|outofdate|unsupported|inactive)=(\d+)/)
      .reduce(0) { $0 + Int(Int32($1.1) ?? 0) }
  }

  /// `web-01.example.org (192.0.2.7) is OUTOFDATE`
  private static func readMachine(
    _ line: Substring, _ number: Int, _ item: EvidenceItem, _ reading: Reading
  ) -> Bool {
    let place = "L\(number)"
    guard let match = line.trimmingSpace.wholeMatch(of: /(\S+) \(([^)]*)\) is ([A-Z]+)/) else {
      reading.diagnose(.monitoringLine(at: item.at(place)))
      return false
    }
    var record = Record(.live_patch, place: place)
    record["source"] = .text("kernelcare")
    record["asset_id"] = .text(String(match.1))
    switch match.3 {
    case "OUTOFDATE": record["up_to_date"] = .flag(false)
    case "UNSUPPORTED":
      record["up_to_date"] = .flag(false)
      record["state"] = .text("unsupported")
    case "UPTODATE":
      record["up_to_date"] = .flag(true)
      record["state"] = .text("applied")
    case "INACTIVE": break
    default: reading.diagnose(.monitoringLine(at: item.at(place)))
    }
    reading.append(record)
    let address = String(match.2)
    reading.append(
      .hostSighting(
        source: "kernelcare", ref: String(match.1), place: place,
        addresses: isAddress(address) ? [address] : []))
    return true
  }
}

extension Diagnostic {
  fileprivate static func monitoringRefused(_ place: String) -> Diagnostic {
    Diagnostic(
      "kernelcare_monitoring.refused", .error, at: place,
      "the server answered that it knows no servers, reseller or token of that name",
      why: "nothing was measured, although the answer came with status 200",
      fix: "correct the key or token in the source's address")
  }

  fileprivate static func noCounters(_ place: String) -> Diagnostic {
    Diagnostic(
      "kernelcare_monitoring.no-counters", .error, at: place,
      "the text has no counters uptodate=...;outofdate=...",
      why: "it is not an answer of the monitoring address", fix: "collect it again")
  }

  fileprivate static func monitoringLine(at place: String) -> Diagnostic {
    Diagnostic(
      "kernelcare_monitoring.unknown-line", .error, at: place,
      "the line is not of the form 'host (address) is OUTOFDATE'",
      why: "a machine that is not understood cannot be counted", fix: "collect it again")
  }

  fileprivate static func monitoringUnnamed(_ count: Int, at place: String) -> Diagnostic {
    Diagnostic(
      "kernelcare_monitoring.unnamed", .error, at: place,
      "\(count) outdated machines are counted and not named",
      why: "they cannot be found in the inventory",
      fix: "collect the list of servers of the ePortal, or kcarectl on the hosts")
  }

  fileprivate static func monitoringCountedOnly(_ count: Int, at place: String) -> Diagnostic {
    Diagnostic(
      "kernelcare_monitoring.counted-only", .warning, at: place,
      "\(count) machines are counted and not named",
      why: "this address cannot show that a given machine is up to date",
      fix: "collect the list of servers of the ePortal, or kcarectl on the hosts")
  }
}
