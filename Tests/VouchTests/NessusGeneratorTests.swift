import Foundation
import Testing
import VouchCollectors
import VouchDemo
@_spi(Preservation) import VouchModel

/// The made-up scans are read back as what they were made of.
struct NessusGeneratorTests {
  static func scan() -> NessusGenerator {
    var scan = NessusGenerator(
      name: "Weekly \"production\" & more", started: Instant(year: 2026, month: 3, day: 29))
    scan.offset = 7200
    scan.zoneAbbreviation = "CEST"
    scan.hosts = [
      .init(name: "web-01.example.com", address: "10.20.0.11", mac: "02:00:00:00:00:11"),
      .init(name: "db-01.example.com", address: "10.20.0.21"),
      .init(name: "off-01.example.com", address: "10.20.0.31"),
      .init(name: "slow-01.example.com", address: "10.20.0.41"),
    ]
    scan.hosts[1].isCredentialed = false
    scan.hosts[2].isReachable = false
    scan.hosts[3].isFinished = false
    var test = NessusGenerator.Test(id: 201_001, name: "OpenSSL < 3.0.16", severity: 4)
    test.cves = ["CVE-2026-10001", "CVE-2026-10002"]
    test.cpe = "cpe:/a:openssl:openssl"
    test.cvss3 = "9.8"
    test.patchPublished = "2026/03/01"
    test.knownExploited = "2026/04/12"
    scan.findings = [.init(host: "web-01.example.com", test: test, port: 443, service: "www")]
    return scan
  }

  func read(_ bytes: [UInt8]) throws -> (MemorySink, Reading) {
    let item = EvidenceItem(
      sequence: 1, digest: .sha256(bytes), size: bytes.count,
      provenance: Provenance(
        source: "test", transport: "file", endpoint: "", name: "scan.nessus",
        collectedAt: Instant(seconds: 0)),
      zone: nil, format: nil, options: [:], content: .memory(Data(bytes)))
    let sink = MemorySink()
    let reading = Reading(item, into: sink)
    let collector = try #require(Collectors.named("nessus"))
    try collector.read(item, into: reading)
    reading.finish()
    return (sink, reading)
  }

  @Test func writesTheSameBytesForTheSameParameters() {
    #expect(Self.scan().bytes() == Self.scan().bytes())
    var other = Self.scan()
    other.seed = 2
    #expect(other.bytes() != Self.scan().bytes())
  }

  @Test func writesHostsAsTheyWereAskedFor() throws {
    let (sink, reading) = try read(Self.scan().bytes())
    #expect(reading.diagnostics.map(\.id) == ["nessus.host-unfinished"])
    let hosts = sink.records.filter { $0.type == .scan_host }
    #expect(
      hosts.map { $0["asset_id"] }
        == ["web-01", "db-01", "off-01", "slow-01"].map { .text("\($0).example.com") })
    #expect(hosts.map { $0["seen"] } == [1, 1, 0, 1].map { .integer($0) })
    #expect(
      hosts.map { $0["credentialed"] } == [.integer(1), .integer(0), .null, .integer(1)])
    #expect(hosts.map { $0["ended_at"] == .null } == [false, false, false, true])
    let start = Instant(year: 2026, month: 3, day: 29).advanced(by: 30)
    #expect(hosts[0]["started_at"] == .instant(start))
    #expect(hosts[0]["ended_at"] == .instant(start.advanced(by: 600)))
  }

  @Test func plantsFindingsAndNothingElseOfSeverity() throws {
    let (sink, _) = try read(Self.scan().bytes())
    let severe = sink.observations.map(\.observation).filter { $0.severity != 0 }
    let found = try #require(severe.first)
    #expect(severe.count == 1 && found.port == 443 && found.severity == 4)
    let plugin = sink.plugins[Int(found.plugin)]
    #expect(plugin.cves == ["CVE-2026-10001", "CVE-2026-10002"])
    #expect(plugin.score == 9.8 && plugin.kev && plugin.app == "openssl openssl")
  }

  @Test func fillsTheBackgroundWithItemsOfAllSeverities() throws {
    var scan = Self.scan()
    scan.background = .mixed
    scan.itemsPerHost = 300
    let bytes = scan.bytes()
    let (sink, _) = try read(bytes)
    #expect(Set(sink.observations.map(\.observation.severity)) == [0, 1, 2, 3, 4])
    #expect((1000...2000).contains(bytes.count / sink.observations.count), "about 1.5 KB an item")
  }
}
