import VouchModel

/// Reads Nmap's XML (`-oX`): which machines answered, and on which ports.
///
/// A file without `runstats` is a scan that was aborted. The ports stand in `open_ports`, to
/// compare with the rules that should let them be reached; an SSH service that answered also makes
/// `sshd_listening`.
enum NmapCollector: Collector {
  static let format = "nmap"
  static let summary = "Nmap scan (XML): hosts that answered and their open ports"
  static let gives: [RecordType] = [.host_sighting, .host_config]

  static func recognises(_ head: Head) -> Bool { head.xmlRoot == "nmaprun" }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.host_sighting, .host_config)
    var limits = XMLLimits()
    limits.doctype = .passedOver
    var finished: XMLNode?
    let isWhole = try item.xml(
      format: format, each: ["host", "runstats"], limits: limits, reading
    ) { node, _ in
      if node.name == "runstats" {
        finished = node
      } else if let host = NmapHost(node) {
        for record in host.records { reading.append(record) }
      }
    }
    guard let finished else {
      // A fault of the file has been reported already.
      if isWhole { reading.diagnose(.aborted(at: item.label)) }
      return
    }
    let run = finished.at("finished")
    reading.effectiveAt = run["time"].flatMap(epochInstant)
    reading.reportedTotal = finished.at("hosts")["up"].flatMap { Int($0) }
    if let exit = run["exit"], exit != "success" { reading.diagnose(.aborted(at: item.label)) }
  }
}

/// A host that is up; one that is down was not seen.
private struct NmapHost {
  private let node: XMLNode
  private let addresses: [String]
  private let macs: [String]
  private let name: String?

  init?(_ node: XMLNode) {
    guard node.at("status")["state"] == "up" else { return nil }
    self.node = node
    var addresses: [String] = []
    var macs: [String] = []
    for address in node.children("address") {
      guard let value = address["addr"] else { continue }
      if address["addrtype"] == "mac" { macs.append(value) } else { addresses.append(value) }
    }
    self.addresses = addresses
    self.macs = macs
    let names = node.at("hostnames").children("hostname")
    // The name that was asked for, else what the address resolves to.
    name = (names.first { $0["type"] == "user" } ?? names.first)?["name"]
    guard !addresses.isEmpty || name != nil else { return nil }
  }

  private var ref: String { addresses.first ?? name ?? "" }

  private var openPorts: [XMLNode] {
    node.at("ports").children("port").filter { $0.at("state")["state"] == "open" }
  }

  var records: [Record] {
    var sighting = Record.hostSighting(
      source: "nmap", ref: ref, place: node.place, addresses: addresses)
    if let name {
      sighting["hostname"] = .text(name)
      if name.contains(".") { sighting["fqdn"] = .text(name) }
    }
    if !macs.isEmpty { sighting["macs"] = .list(macs) }
    let matches = node.at("os").children("osmatch")
    sighting["os"] = .text(matches.first { $0["accuracy"] == "100" }?["name"])
    sighting["open_ports"] = .list(
      openPorts.map { "\($0["portid"] ?? "")/\($0["protocol"] ?? "")" })
    guard openPorts.contains(where: { $0.at("service")["name"] == "ssh" }) else {
      return [sighting]
    }
    var config = Record(.host_config, place: node.place)
    config["asset_id"] = .text(ref)
    config["sshd_listening"] = .flag(true)
    return [sighting, config]
  }
}

extension Diagnostic {
  fileprivate static func aborted(at place: String) -> Diagnostic {
    Diagnostic(
      "nmap.aborted", .error, at: place, "the scan did not come to its end",
      why: "hosts that were not reached yet are missing",
      fix: "scan again, and keep the file that nmap has finished writing")
  }
}
