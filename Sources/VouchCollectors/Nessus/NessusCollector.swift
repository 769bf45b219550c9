import VouchModel

/// Reads `.nessus` files: NessusClientData_v2 of Nessus, Security Center, Tenable Vulnerability
/// Management (scan and workbench exports) and web application scans.
enum NessusCollector: Collector {
  static let format = "nessus"
  static let summary =
    "Nessus scan results (.nessus version 2): scans, hosts, credentials, findings, compliance"
  static let gives: [RecordType] = [
    .scan, .scan_host, .host_sighting, .finding, .compliance_check,
  ]

  static func recognises(_ head: Head) -> Bool {
    head.xmlRoot == "NessusClientData_v2" || head.xmlRoot == "NessusClientData"
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    try read(NessusParts(item), into: reading)
  }

  static func read(_ parts: NessusParts, into reading: Reading) throws {
    let report = NessusReport(reading)
    let problem = try parts.read(NessusReplay(report), reading)
    problem.map(reading.diagnose)
    // What the end of the file cut off ends here.
    report.endHost(isWhole: problem == nil)
    report.finish(isWhole: problem == nil)
  }
}
