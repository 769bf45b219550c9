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
    let stream = XMLStream(item, format: format)
    let handler = NessusHandler(stream, NessusReport(reading))
    handler.finish(isWhole: try stream.read(reading, handler))
  }
}
