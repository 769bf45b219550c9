import Foundation
import Testing
@_spi(Preservation) import VouchModel

@testable import VouchCollectors

/// A large scan is parsed in parts; what is read does not show it.
@Suite struct NessusPartsTests {
  /// A collector that cuts wherever it can.
  private enum InSmallParts: Collector {
    static let format = NessusCollector.format
    static let summary = NessusCollector.summary
    static let gives = NessusCollector.gives
    static func recognises(_ head: Head) -> Bool { true }
    static func read(_ item: EvidenceItem, into reading: Reading) throws {
      var parts = NessusParts(item)
      parts.size = 400
      parts.workers = 3
      try NessusCollector.read(parts, into: reading)
    }
  }

  private func expectTheSame(_ bytes: Data, _ what: String) {
    let whole = Gathered(.made(bytes, zone: "UTC"), by: NessusCollector.self)
    let inParts = Gathered(.made(bytes, zone: "UTC"), by: InSmallParts.self)
    let (a, b) = (whole.text.split(separator: "\n"), inParts.text.split(separator: "\n"))
    let differences = b.difference(from: a).map { "\($0)" }
    #expect(differences.isEmpty, "\(what)")
  }

  private func scan(hosts: Int, _ middle: (Int) -> String = { _ in "" }) -> Data {
    let hosts = (0..<hosts).map { n in
      """
      <ReportHost name="web-\(n % 7)"><HostProperties><tag name="HOST_END_TIMESTAMP">1783305060</tag>
      <tag name="HOST_START_TIMESTAMP">178330\(n % 10)400</tag></HostProperties>\(middle(n))
      <ReportItem port="\(n)" svc_name="www" protocol="tcp" severity="\(n % 5)" pluginID="\(100 + n % 9)"
       pluginName="p \(n % 9)" pluginFamily="f"><cve>CVE-2026-000\(n % 9)</cve><cm:compliance xmlns:cm="x"/>
      </ReportItem><ReportItem port="443" protocol="tcp" severity="2" pluginID="\(n)" pluginName="é" pluginFamily="f"/>
      </ReportHost>
      """
    }
    return Data(
      ("<?xml version=\"1.0\" ?>\n<NessusClientData_v2>\n<Policy><policyName>weekly</policyName></Policy>\n"
        + "<Report name=\"r\" xmlns:cm=\"http://www.nessus.org/cm\">\n"
        + hosts.joined(separator: "\n") + "\n</Report>\n</NessusClientData_v2>\n").utf8)
  }

  @Test func aScanOfManyHostsIsTheSame() { expectTheSame(scan(hosts: 40), "forty hosts") }

  @Test func aHostInCommentsTextsAndItemsIsNoPlaceToCut() {
    let texts = [
      "<!-- <ReportHost name='x'> -->",
      "<!-- <ReportHost name='x'></ReportHost><ReportHost name='y'> -->",
      "<![CDATA[<ReportHost name='x'><ReportHost>]]>",
      "<ReportItem severity='1' pluginID='5'><plugin_output><![CDATA[</ReportHost><ReportHost name='x'>]]></plugin_output></ReportItem>",
      "<ReportHost name='inside'><ReportItem severity='3' pluginID='9'/></ReportHost>",
      "<?note <ReportHost name='x'> ?>", "<ReportHostile/>",
    ]
    for text in texts {
      for at in [0, 1, 7, 19] {
        expectTheSame(scan(hosts: 20) { $0 == at ? text : "" }, "\(text) in host \(at)")
      }
    }
  }

  @Test func aSpoiltScanIsTheSameWithTheSameMessages() {
    let whole = scan(hosts: 30)
    for length in stride(from: 100, to: whole.count, by: 331) {
      expectTheSame(whole.prefix(length), "cut after \(length) bytes")
    }
    for at in stride(from: 200, to: whole.count, by: 499) {
      for byte in [UInt8(ascii: "<"), 0, 0xC3, UInt8(ascii: "&")] {
        var spoilt = whole
        spoilt[at] = byte
        expectTheSame(spoilt, "byte \(at) is \(byte)")
      }
    }
  }

  @Test func severalReportsAndADeclaredEncodingAreTheSame() {
    let text = String(decoding: scan(hosts: 12), as: UTF8.self)
    let second = text.replacingOccurrences(
      of: "<ReportHost name=\"web-4\">",
      with: "</Report><Report name=\"s\"><ReportHost name=\"web-4\">")
    expectTheSame(Data(second.utf8), "two reports")
    let latin = text.replacingOccurrences(of: "?>", with: "encoding=\"ISO-8859-1\"?>")
    expectTheSame(latin.data(using: .isoLatin1) ?? Data(), "ISO 8859-1")
    expectTheSame(text.data(using: .utf16) ?? Data(), "UTF-16")
  }

  @Test func everyRealScanIsTheSame() throws {
    guard let folder = Samples.root?.appending(path: "nessus") else {
      print("skipped 1 case: the sample scans are not there")
      return
    }
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
    where name.hasSuffix(".nessus") {
      expectTheSame(try Data(contentsOf: folder.appending(path: name)), name)
    }
  }
}
