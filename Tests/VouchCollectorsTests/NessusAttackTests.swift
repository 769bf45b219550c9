import Foundation
import Testing
@_spi(Preservation) import VouchModel

@testable import VouchCollectors

/// `.nessus` files that were cut, spoilt or built to do harm.
@Suite(.timeLimit(.minutes(2)))
struct NessusAttackTests {
  static func fixture(_ name: String) throws -> Data {
    let file = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures/collectors/nessus/\(name)/export.nessus")
    return try Data(contentsOf: file)
  }

  func read(_ bytes: Data) -> Gathered { Gathered(.made(bytes), by: NessusCollector.self) }

  func report(_ items: String) -> Data {
    Data(
      """
      <NessusClientData_v2><Report name="r"><ReportHost name="h"><HostProperties>
      <tag name="HOST_START_TIMESTAMP">1783304400</tag><tag name="HOST_END_TIMESTAMP">1783305060</tag>
      </HostProperties>\(items)</ReportHost></Report></NessusClientData_v2>
      """.utf8)
  }

  func item(_ fields: String) -> String {
    "<ReportItem port='0' protocol='tcp' severity='3' pluginID='1' pluginName='n' pluginFamily='f'>"
      + fields + "</ReportItem>"
  }

  @Test func reportsEveryCutAndNeverCountsItsHostAsFinished() throws {
    let whole = try Self.fixture("two-hosts")
    for length in stride(from: 0, to: whole.count - 2, by: 7) {
      let gathered = read(whole.prefix(length))
      #expect(!gathered.reading.isComplete, "cut after \(length) bytes")
      #expect(
        // A cut inside the root's name leaves another name.
        gathered.diagnosticIDs.contains {
          $0 == "nessus.truncated" || $0 == "nessus.empty"
            || ($0 == "nessus.wrong-root" && length < 45)
        },
        "cut after \(length) bytes: \(gathered.diagnosticIDs)")
      for scan in gathered.records(.scan) { #expect(scan["status"] == .text("partial")) }
      let finished = gathered.records(.scan_host).filter { $0["ended_at"] != .null }
      let closed = Data(whole.prefix(length)).ranges(of: Data("</ReportHost>".utf8)).count
      #expect(finished.count <= closed)
    }
  }

  /// Bytes changed, removed and repeated at random places, the same ones in every run.
  @Test func survivesSpoiltFiles() throws {
    var state: UInt64 = 42
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    for name in ["two-hosts", "compliance", "workbench", "unusual-items"] {
      let whole = try Self.fixture(name)
      for _ in 0..<150 {
        var bytes = whole
        for _ in 0...random(4) {
          let at = random(bytes.count - 64)
          switch random(3) {
          case 0: bytes[at] = UInt8(random(256))
          case 1: bytes.removeSubrange(at..<at + random(64))
          default: bytes.insert(contentsOf: bytes[at..<at + random(64)], at: random(bytes.count))
          }
        }
        let gathered = read(bytes)
        #expect(gathered.thrown == nil)
      }
    }
  }

  @Test func neverEchoesPasswords() throws {
    let text = read(try Self.fixture("two-hosts")).text
    #expect(!text.contains("correct horse") && !text.contains("scan.operator"))
    #expect(!text.contains("svc-scan"))
  }

  @Test func refusesADocumentTypeBeforeAnythingIsRead() throws {
    let gathered = read(try Self.fixture("document-type"))
    #expect(gathered.diagnosticIDs == ["xml.dtd"] && gathered.sink.records.isEmpty)
  }

  @Test func refusesAnEmptyFileAndAnotherRoot() {
    #expect(read(Data()).diagnosticIDs == ["nessus.empty"])
    #expect(read(Data("<nmaprun/>".utf8)).diagnosticIDs == ["nessus.wrong-root"])
    #expect(read(Data("{}".utf8)).diagnosticIDs == ["nessus.not-xml"])
  }

  @Test func readsOneMegabyteOfOutputAndRefusesTwenty() throws {
    let megabyte = String(repeating: "0123456789abcdef", count: 1 << 16)
    let known = read(report(item("<plugin_output>\(megabyte)</plugin_output>")))
    #expect(known.sink.observations.count == 1 && known.diagnosticIDs.isEmpty)
    let large = String(repeating: megabyte, count: 20)
    let gathered = read(report(item("") + item("<plugin_output>\(large)</plugin_output>")))
    #expect(gathered.diagnosticIDs == ["xml.too-large", "nessus.host-unfinished"])
    #expect(gathered.sink.observations.count == 1, "what came before stays")
  }

  @Test func refusesAnItemThatGrowsWithoutEnd() throws {
    let field = "<xref>\(String(repeating: "x", count: 1 << 20))</xref>"
    let gathered = read(report(item(String(repeating: field, count: 40))))
    #expect(gathered.diagnosticIDs == ["xml.too-large", "nessus.host-unfinished"])
  }

  @Test func keepsFiftyThousandFieldsOfOneItem() throws {
    let cves = (0..<50_000).map { "<cve>CVE-2026-\(10_000 + $0)</cve>" }.joined()
    let gathered = read(report(item(cves)))
    #expect(gathered.sink.plugins.first?.cves.count == 50_000)
  }

  @Test func refusesDeepNestingAndUnknownEncodings() throws {
    let deep = String(repeating: "<x>", count: 5000)
    #expect(read(report(item(deep))).diagnosticIDs.first == "xml.too-deep")
    let declared = "<?xml version='1.0' encoding='x-none'?><NessusClientData_v2/>"
    #expect(read(Data(declared.utf8)).diagnosticIDs == ["xml.encoding"])
  }

  /// Plugins are told apart by everything that describes them, not by a digest of it.
  @Test func tellsPluginsApartByEveryDescribingField() throws {
    let items = [
      item("<cve>CVE-2026-1</cve>"), item("<cve>CVE-2026-2</cve>"),
      item("<cve>CVE-2026-1</cve><cve>CVE-2026-2</cve>"),
      item("<cve>CVE-2026-1CVE-2026-2</cve>"), item("<cpe>cpe:/a:v:p</cpe>"), item(""),
      item("<xref>CISA-KNOWN-EXPLOITED:2026/01/01</xref>"), item("<xref>CWE:1</xref>"),
      item("<description>not a description of the plugin's own</description>"),
    ]
    let gathered = read(report((items + items).joined()))
    #expect(gathered.sink.plugins.count == 7)
    #expect(gathered.sink.observations.count == 18)
  }
}
