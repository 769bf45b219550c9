import VouchModel

/// Writes `.nessus` exports of made-up scans: the same bytes for the same parameters.
///
/// Used for the sample company (few hosts, planted findings, informational background) and for
/// measuring (thousands of hosts, a background of all severities, about 1.5 KB an item):
///
///     var scan = NessusGenerator(name: "Weekly production", started: start)
///     scan.hosts = [.init(name: "web-01.example.com", address: "10.20.0.11")]
///     scan.findings = [.init(host: "web-01.example.com", test: .init(id: 201_001, …), port: 443)]
///     try scan.write { try file.write($0) }
///
/// Every name, address and vulnerability in it is invented; test numbers of the background begin
/// at 900,000, where the vendor has none.
public struct NessusGenerator: Sendable {
  /// A machine that is scanned.
  public struct Host: Sendable {
    /// Target as typed, the report's name for it.
    public var name: String
    public var address: String
    public var fqdn: String
    public var mac: String
    public var os: String
    /// `host-uuid`, of an installed agent; empty for none.
    public var uuid = ""
    /// Local checks run with valid credentials.
    public var isCredentialed = true
    /// It answers. A host that does not has properties and no items.
    public var isReachable = true
    /// It was scanned to the end; without, `HOST_END` is missing.
    public var isFinished = true
    /// How long after the scan's start its own scan starts, and how long that takes, in seconds.
    public var delay: Int64 = 30
    public var duration: Int64 = 600

    public init(
      name: String, address: String, fqdn: String? = nil, mac: String = "",
      os: String = "Linux Kernel 6.8.0-45-generic on Ubuntu 24.04"
    ) {
      self.name = name
      self.address = address
      self.fqdn = fqdn ?? name
      self.mac = mac
      self.os = os
    }
  }

  /// One of the scanner's tests with what it says of a vulnerability.
  public struct Test: Sendable, Hashable {
    public var id: Int
    public var name: String
    public var family = "General"
    /// 0 to 4 on the scan's severity basis.
    public var severity: Int
    public var cves: [String] = []
    /// `cpe:/a:vendor:product`; empty for none.
    public var cpe = ""
    public var cvss2: String?
    public var cvss3: String?
    /// `YYYY/MM/DD`, as Nessus writes dates.
    public var published = "2026/01/15"
    public var patchPublished: String?
    /// Due date of CISA's catalogue of known exploited vulnerabilities, `YYYY/MM/DD`.
    public var knownExploited: String?
    public var synopsis = "The remote host is affected by a vulnerability."
    public var description = "The installed version is older than the fixed one."
    public var solution = "Upgrade to the version named in the advisory."

    public init(id: Int, name: String, severity: Int) {
      self.id = id
      self.name = name
      self.severity = severity
    }
  }

  /// A result that the export has to contain.
  public struct Finding: Sendable {
    /// ``Host/name``.
    public var host: String
    public var test: Test
    public var port = 0
    public var transport = "tcp"
    public var service = "general"
    public var output = ""

    public init(
      host: String, test: Test, port: Int = 0, transport: String = "tcp",
      service: String = "general", output: String = ""
    ) {
      self.host = host
      self.test = test
      self.port = port
      self.transport = transport
      self.service = service
      self.output = output
    }
  }

  /// Severities of the items that fill the report beside the planted findings.
  public enum Background: Sendable {
    /// Severity 0 only, so that the planted findings are all there are.
    case informational
    /// All severities, most of them 0.
    case mixed
  }

  public var name: String
  public var policy = "Credentialed Patch Audit"
  /// Start of the scan.
  public var started: Instant
  /// The scanner's local time, seconds east of UTC, and its abbreviation in plugin 19506.
  public var offset: Int64 = 0
  public var zoneAbbreviation = "UTC"
  /// Whether the hosts have `HOST_START_TIMESTAMP`; older scanners write local time only.
  public var writesTimestamps = true
  /// `cvss_v2`, `cvss_v3` or `cvss_v4`; empty to leave the preference out, as older scanners do.
  public var severityBasis = "cvss_v3"
  /// Version of the scanner and date of its plugin feed.
  public var version = "10.8.3"
  public var feed: Instant
  /// The policy's `TARGET`; empty: the hosts' addresses.
  public var targets: [String] = []
  public var hosts: [Host] = []
  public var findings: [Finding] = []
  /// Items per reachable host beside the findings and the scanner's own.
  public var itemsPerHost = 20
  public var background = Background.informational
  public var seed: UInt64 = 1

  public init(name: String, started: Instant) {
    self.name = name
    self.started = started
    feed = started.advanced(days: -1)
  }

  /// Hands the export over in pieces of about `size` bytes, valid during the call only.
  public func write(
    chunk size: Int = 1 << 18, _ emit: (UnsafeRawBufferPointer) throws -> Void
  ) rethrows {
    var out: [UInt8] = []
    out.reserveCapacity(size + 1 << 16)
    func flush(_ limit: Int) throws {
      if out.count <= limit { return }
      try out.withUnsafeBytes(emit)
      out.removeAll(keepingCapacity: true)
    }
    let tests = Self.backgroundTests(seed: seed)
    let planted = Dictionary(grouping: findings, by: \.host)
    var random = SplitMix64(seed: seed)
    writeHead(&out)
    for host in hosts {
      writeProperties(of: host, &out)
      if host.isReachable {
        for finding in planted[host.name] ?? [] { writeItem(finding, &out) }
        writeScannerItems(of: host, &out)
        for _ in 0..<itemsPerHost {
          writeItem(backgroundItem(on: host, tests, &random), &out)
          try flush(size)
        }
      }
      out += "</ReportHost>\n"
      try flush(size)
    }
    out += "</Report>\n</NessusClientData_v2>\n"
    try flush(0)
  }

  /// The whole export, for small ones.
  public func bytes() -> [UInt8] {
    var all: [UInt8] = []
    write { all.append(contentsOf: $0) }
    return all
  }
}

// MARK: Parts of the file

extension NessusGenerator {
  private func writeHead(_ out: inout [UInt8]) {
    out += "<?xml version=\"1.0\" ?>\n<NessusClientData_v2>\n<Policy><policyName>"
    out.appendEscaped(policy)
    out += "</policyName>\n<Preferences><ServerPreferences>\n"
    let addresses = targets.isEmpty ? hosts.map(\.address) : targets
    var preferences = [
      ("TARGET", addresses.joined(separator: ",")), ("name", name), ("whoami", "scanner"),
      ("max_hosts", "30"), ("report_task_id", "task-\(seed)-\(started.seconds)"),
    ]
    if !severityBasis.isEmpty { preferences.append(("severity_basis", severityBasis)) }
    for (name, value) in preferences {
      out += "<preference><name>\(name)</name>\n<value>"
      out.appendEscaped(value)
      out += "</value>\n</preference>\n"
    }
    out += """
      </ServerPreferences>
      <PluginsPreferences><item><pluginName>SSH settings</pluginName>
      <pluginId>14273</pluginId>
      <fullName>SSH settings[password]:SSH password :</fullName>
      <preferenceName>SSH password :</preferenceName>
      <preferenceType>password</preferenceType>
      <preferenceValues></preferenceValues>
      <selectedValue>*********</selectedValue>
      </item>
      </PluginsPreferences>
      </Preferences>
      </Policy>
      <Report name="
      """
    out.appendEscaped(name)
    out += "\" xmlns:cm=\"http://www.nessus.org/cm\">\n"
  }

  private func writeProperties(of host: Host, _ out: inout [UInt8]) {
    out += "<ReportHost name=\""
    out.appendEscaped(host.name)
    out += "\"><HostProperties>\n"
    let start = started.advanced(by: host.delay)
    let end = start.advanced(by: host.duration)
    if host.isFinished {
      out.appendTag("HOST_END", ctime(end))
      if writesTimestamps { out.appendTag("HOST_END_TIMESTAMP", "\(end.seconds)") }
    }
    if host.isReachable {
      out.appendTag("Credentialed_Scan", host.isCredentialed ? "true" : "false")
      out.appendTag("policy-used", policy)
      out.appendTag("patch-summary-total-cves", "0")
      out.appendTag("cpe-0", "cpe:/o:canonical:ubuntu_linux:24.04 -> Canonical Ubuntu Linux")
      out.appendTag("operating-system", host.os)
      out.appendTag("system-type", "general-purpose")
      out.appendTag("os", "linux")
      if !host.mac.isEmpty { out.appendTag("mac-address", host.mac) }
      if !host.uuid.isEmpty { out.appendTag("host-uuid", host.uuid) }
      if host.isCredentialed { out.appendTag("local-checks-proto", "ssh") }
    }
    out.appendTag("host-ip", host.address)
    if host.fqdn != host.address { out.appendTag("host-fqdn", host.fqdn) }
    out.appendTag("HOST_START", ctime(start))
    if writesTimestamps { out.appendTag("HOST_START_TIMESTAMP", "\(start.seconds)") }
    out += "</HostProperties>\n"
  }

  private func writeScannerItems(of host: Host, _ out: inout [UInt8]) {
    let start = started.advanced(by: host.delay)
    let local = start.advanced(by: offset).civil
    let date =
      "\(local.year)/\(local.month)/\(local.day) \(local.hour):"
      + "\(local.minute < 10 ? "0" : "")\(local.minute)"
    let feedDigits = feed.iso8601.utf8.filter { (48...57).contains($0) }.prefix(12)
    var info = Test(id: 19506, name: "Nessus Scan Information", severity: 0)
    info.family = "Settings"
    info.published = "2005/08/26"
    info.synopsis = "This plugin displays information about the Nessus scan."
    let output = """
      Information about this scan :

      Nessus version : \(version)
      Nessus build : 20010
      Plugin feed version : \(String(decoding: feedDigits, as: UTF8.self))
      Scanner edition used : Nessus
      Scan type : Normal
      Scan name : \(name)
      Scan policy used : \(policy)
      Scanner IP : 10.0.0.9
      Credentialed checks : \(host.isCredentialed ? "yes, as 'scan' via ssh" : "no")
      Scan Start Date : \(date) \(zoneAbbreviation)
      Scan duration : \(host.duration) sec
      """
    writeItem(Finding(host: host.name, test: info, output: output), &out)
    var status =
      host.isCredentialed
      ? Test(id: 117_887, name: "OS Security Patch Assessment Available", severity: 0)
      : Test(id: 21745, name: "OS Security Patch Assessment Failed", severity: 0)
    status.family = "Settings"
    writeItem(Finding(host: host.name, test: status, port: host.isCredentialed ? 22 : 0), &out)
  }

  private func writeItem(_ finding: Finding, _ out: inout [UInt8]) {
    let test = finding.test
    out += "<ReportItem port=\"\(finding.port)\" svc_name=\"\(finding.service)\" protocol=\""
    out += "\(finding.transport)\" severity=\"\(test.severity)\" pluginID=\"\(test.id)\""
    out += " pluginName=\""
    out.appendEscaped(test.name)
    out += "\" pluginFamily=\""
    out.appendEscaped(test.family)
    out += "\">\n"
    if !test.cpe.isEmpty { out.appendElement("cpe", test.cpe) }
    for cve in test.cves { out.appendElement("cve", cve) }
    if let score = test.cvss3 {
      out.appendElement("cvss3_base_score", score)
      out.appendElement("cvss3_vector", "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")
    }
    if let score = test.cvss2 {
      out.appendElement("cvss_base_score", score)
      out.appendElement("cvss_vector", "CVSS2#AV:N/AC:L/Au:N/C:P/I:P/A:P")
    }
    out.appendElement("description", test.description)
    if test.severity > 0 {
      out.appendElement("exploit_available", "false")
      out.appendElement("exploitability_ease", "No known exploits are available")
    }
    out.appendElement("fname", "made_up_\(test.id).nasl")
    if let date = test.patchPublished { out.appendElement("patch_publication_date", date) }
    out.appendElement("plugin_modification_date", test.published)
    out.appendElement("plugin_name", test.name)
    out.appendElement("plugin_publication_date", test.published)
    out.appendElement("plugin_type", "local")
    out.appendElement("risk_factor", ["None", "Low", "Medium", "High", "Critical"][test.severity])
    out.appendElement("script_version", "1.\(test.id % 40)")
    out.appendElement("solution", test.solution)
    out.appendElement("synopsis", test.synopsis)
    if let date = test.knownExploited {
      out.appendElement("xref", "CISA-KNOWN-EXPLOITED:\(date)")
    }
    if !finding.output.isEmpty { out.appendElement("plugin_output", finding.output) }
    out += "</ReportItem>\n"
  }

  /// C's `ctime` form in the scanner's local time: `Tue Jan  7 08:19:20 2014`.
  private func ctime(_ instant: Instant) -> String {
    let local = instant.advanced(by: offset)
    let c = local.civil
    let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    let weekday = days[Int((local.seconds / 86400 % 7 + 7) % 7)]
    func two(_ n: Int, _ pad: String) -> String { n < 10 ? "\(pad)\(n)" : "\(n)" }
    return "\(weekday) \(months[c.month - 1]) \(two(c.day, " ")) "
      + "\(two(c.hour, "0")):\(two(c.minute, "0")):\(two(c.second, "0")) \(c.year)"
  }
}

// MARK: Background

extension NessusGenerator {
  private static let products = [
    "openssl", "nginx", "curl", "glibc", "systemd", "python3", "postgresql", "redis", "openssh",
    "sudo", "bind9", "libxml2", "expat", "perl", "git", "tar", "vim", "samba", "postfix", "rsync",
  ]
  private static let words = [
    "the", "remote", "host", "package", "version", "installed", "service", "reports", "library",
    "configuration", "is", "affected", "update", "path", "module", "kernel", "network", "of",
    "listening", "certificate", "signature", "was", "not", "found", "in", "directory", "cache",
    "request", "and", "memory", "buffer", "handled", "properly", "by", "a", "local", "user",
  ]

  /// 400 invented tests: a quarter of them vulnerabilities.
  private static func backgroundTests(seed: UInt64) -> [Test] {
    var random = SplitMix64(seed: seed ^ 0x5eed)
    return (0..<400).map { i in
      let product = products[i % products.count]
      let severity = i % 4 == 3 ? 1 + i / 4 % 4 : 0
      var test = Test(
        id: 900_000 + i, name: "Made-up \(product) check \(i) < 2.\(i % 9)", severity: severity)
      test.family = severity > 0 ? "Ubuntu Local Security Checks" : "Service detection"
      test.published = "2025/0\(1 + i % 9)/1\(i % 10)"
      test.synopsis = sentence(8, &random)
      test.description = paragraph(3 + i % 3, &random)
      test.solution = severity > 0 ? sentence(7, &random) : "n/a"
      if severity > 0 {
        test.cpe = "cpe:/a:example:\(product)"
        test.cves = (0...i % 3).map { "CVE-2025-9\(1000 + i * 3 + $0)" }
        let score = ["0.0", "3.1", "5.3", "7.8", "9.8"][severity]
        test.cvss3 = score
        test.cvss2 = ["0.0", "2.6", "5.0", "7.2", "10.0"][severity]
        test.patchPublished = test.published
        if i % 40 == 3 { test.knownExploited = "2025/11/30" }
      }
      return test
    }
  }

  private func backgroundItem(
    on host: Host, _ tests: [Test], _ random: inout SplitMix64
  ) -> Finding {
    var test = tests[random.below(tests.count)]
    if background == .informational, test.severity > 0 { test = tests[random.below(100) * 4] }
    let port = [0, 22, 80, 443, 5432, 8443][random.below(6)]
    return Finding(
      host: host.name, test: test, port: port,
      service: ["general", "ssh", "www", "www", "postgresql", "www"][random.below(6)],
      output: "\nPath : /opt/\(host.name)/\(test.id)\n\(Self.paragraph(2, &random))\n")
  }

  private static func sentence(_ count: Int, _ random: inout SplitMix64) -> String {
    let picked = (0..<count).map { _ in words[random.below(words.count)] }
    return picked.joined(separator: " ") + "."
  }

  private static func paragraph(_ count: Int, _ random: inout SplitMix64) -> String {
    (0..<count).map { i in
      i % 3 == 2 ? "'\(sentence(9, &random))' & <more>" : sentence(14, &random)
    }.joined(separator: "\n")
  }
}

/// Sebastiano Vigna's splitmix64: small, fast, and the same everywhere.
struct SplitMix64 {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}

extension [UInt8] {
  fileprivate static func += (bytes: inout [UInt8], text: String) {
    bytes.append(contentsOf: text.utf8)
  }

  /// Text as Nessus writes it: five entities, everything else as it is.
  fileprivate mutating func appendEscaped(_ text: String) {
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "<"): self += "&lt;"
      case UInt8(ascii: ">"): self += "&gt;"
      case UInt8(ascii: "&"): self += "&amp;"
      case UInt8(ascii: "\""): self += "&quot;"
      case UInt8(ascii: "'"): self += "&apos;"
      default: append(byte)
      }
    }
  }

  fileprivate mutating func appendElement(_ name: String, _ text: String) {
    self += "<\(name)>"
    appendEscaped(text)
    self += "</\(name)>\n"
  }

  fileprivate mutating func appendTag(_ name: String, _ text: String) {
    self += "<tag name=\"\(name)\">"
    appendEscaped(text)
    self += "</tag>\n"
  }
}
