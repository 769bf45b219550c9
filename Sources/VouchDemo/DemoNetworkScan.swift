import VouchModel

extension DemoCompany {
  /// One scan by another scanner: OpenVAS, which knows machines by their address only.
  ///
  /// Planted: somebody lowered a result in the scanner, and no waiver of the company says so.
  var networkScans: [DemoExport] {
    guard let machine = machines.first(where: { $0.role == "app" }) else { return [] }
    let start = Self.day(9, 9, hour: 22)
    let end = start.advanced(by: 1800)
    let result = """
      <result id="r1"><name>Directory listing</name><host>\(machine.address)</host><port>8080/tcp</port>
      <nvt oid="1.3.6.1.4.1.25623.1.0.990001"><name>Directory listing</name><family>Web Servers</family><cvss_base>5.3</cvss_base>
      <refs><ref type="cve" id="CVE-2026-49100"/></refs></nvt>
      <threat>Log</threat><severity>0.0</severity><original_severity>5.3</original_severity></result>
      """
    let text = """
      <report id="n1" format_id="a994b278" extension="xml" content_type="text/xml"><name>application tier</name>
      <report id="n1-2026-09-09"><gmp><version>22.6</version></gmp>
      <filters id="0"><term>apply_overrides=1 levels=hmlg rows=-1 min_qod=70</term></filters>
      <scan_run_status>Done</scan_run_status><task id="t1"><name>application tier</name><target id="x"><name>application tier</name></target></task>
      <scan_start>\(start.iso8601)</scan_start>
      <results start="1" max="-1">
      \(result)
      </results>
      <result_count>1<full>1</full><filtered>1</filtered></result_count>
      <host><ip>\(machine.address)</ip><start>\(start.iso8601)</start><end>\(end.iso8601)</end>
      <detail><name>Auth-SSH-Success</name><value>Protocol SSH</value></detail></host>
      <scan_end>\(end.iso8601)</scan_end>
      </report></report>

      """
    return [
      DemoExport(
        path: "openvas/application-tier-2026-09-09.xml", collectedAt: end.advanced(by: 600),
        text: text)
    ]
  }
}
