import VouchModel

/// What one ReportHost says of its machine and of how it was scanned.
struct NessusHost {
  /// The report's name for it: target as typed, address or URL.
  let name: String
  let line: Int
  var start = NessusTime()
  var end = NessusTime()
  var addresses: [String] = []
  var macs: [String] = []
  var hostname: String?
  var netbiosName: String?
  var fqdn: String?
  var reverseName: String?
  var hostUUID: String?
  var biosUUID: String?
  var os: String?
  var systemType: String?
  var policy: String?
  var credentialedTag: Bool?

  var items = 0
  /// Items of severity low and above.
  var findings = 0
  var information: NessusScanInformation?
  /// Plugins that speak of credentials, in the file's order.
  var credentialPlugins: [Int] = []
  /// Plugin 10180 says that it did not answer.
  var isDead = false

  init(name: String, line: Int) {
    self.name = name
    self.line = line
  }

  /// Takes one HostProperties tag. Names with a number or a digest in them are not looked at.
  mutating func take(_ tag: String, _ value: String) {
    let text = value.trimmed
    if text.isEmpty { return }
    switch tag {
    case "HOST_START": start.take(text)
    case "HOST_END": end.take(text)
    case "HOST_START_TIMESTAMP": start.instant = epochInstant(text)
    case "HOST_END_TIMESTAMP": end.instant = epochInstant(text)
    case "host-ip": addresses += lines(text)
    case "mac-address": macs += lines(text)
    case "hostname": hostname = text
    case "netbios-name": netbiosName = text
    case "host-fqdn": fqdn = Self.machine(inURL: text)
    case "host-fqdns": fqdn = fqdn ?? Self.firstFQDN(text)
    case "host-rdns": reverseName = text
    case "host-uuid": hostUUID = text
    case "bios-uuid": biosUUID = text
    case "operating-system": os = listed(text).joined(separator: "; ")
    case "system-type": systemType = text
    case "policy-used": policy = text
    case "Credentialed_Scan": credentialedTag = flagSpelling(text)
    default: break
    }
  }

  /// Workbench exports put a JSON array into one tag; others write one value a line.
  private func listed(_ text: String) -> [String] {
    if text.hasPrefix("["), let list = try? JSON.parse(Array(text.utf8)).strings { return list }
    return lines(text)
  }

  private func lines(_ text: String) -> [String] {
    if text.hasPrefix("["), let list = try? JSON.parse(Array(text.utf8)).strings { return list }
    return text.utf8.split { $0 == 0x0A || $0 == UInt8(ascii: ",") }.map { Substring($0).trimmed }
      .filter { !$0.isEmpty }
  }

  /// `[{"FQDN":"..","sources":[".."]}]`
  private static func firstFQDN(_ text: String) -> String? {
    (try? JSON.parse(Array(text.utf8)))?.elements.lazy.compactMap { $0["FQDN"].text }.first
  }

  /// `web.example.com` of `https://web.example.com:8443/login`; web application scans name
  /// their targets so.
  static func machine(inURL text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "/")), let scheme = text.firstRange(of: "://") else {
      return text
    }
    let rest = text[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    let host = rest.split(separator: "@").last ?? rest
    return String(host.hasPrefix("[") ? host : host.prefix { $0 != ":" })
  }
}

extension NessusTime {
  fileprivate mutating func take(_ text: String) {
    written = WrittenTime(ctime: text) ?? WrittenTime(iso: text)
    isUnreadable = written == nil
  }
}

// MARK: Credentials

extension NessusHost {
  /// Says that valid credentials were used: status by protocol "valid" and "no issues", and
  /// "OS Security Patch Assessment Available".
  static let provingPlugins: Set<Int> = [117_887, 110_095, 141_118]
  /// Says that local checks did not run or not with enough rights.
  static let disprovingPlugins: Set<Int> = [21745, 24786, 110_385]
  /// Says that an account was turned away. Another one may have been let in.
  static let failedLogin = 104_410
  static let patchAssessment = 117_887
  /// Ping the remote host: says when a host is taken for dead.
  static let ping = 10180

  /// Whether a plugin speaks of the scan itself rather than of the host.
  @inline(__always)
  static func isAboutTheScan(_ plugin: Int) -> Bool {
    switch plugin {
    case 19506, ping, failedLogin, 117_887, 110_095, 141_118, 21745, 24786, 110_385: true
    default: false
    }
  }

  /// Whether local checks ran with valid credentials, so that an absent finding is a fixed one.
  ///
  /// What says no weighs more than what says yes: a wrong yes would close open findings.
  var isCredentialed: Bool? {
    let plugins = Set(credentialPlugins)
    if !plugins.isDisjoint(with: Self.disprovingPlugins) { return false }
    if plugins.contains(Self.failedLogin), !plugins.contains(Self.patchAssessment) { return false }
    if !plugins.isDisjoint(with: Self.provingPlugins) { return true }
    return information?.isCredentialed ?? credentialedTag
  }

  /// What the scanner said of credentials, for people.
  var credentialNote: String? {
    var parts: [String] = []
    if let text = information?.credentialedChecks { parts.append("19506: \(text)") }
    parts += Set(credentialPlugins).sorted().map { "\($0) present" }
    if let tag = credentialedTag { parts.append("Credentialed_Scan: \(tag)") }
    return parts.isEmpty ? nil : parts.joined(separator: "; ")
  }

  /// Whether it answered. A host that was unreachable has properties and no items; a web
  /// application scan writes the same when it found nothing, so there it is not known.
  var wasSeen: Bool? {
    if isDead { return false }
    if items > 0 { return true }
    return systemType == "web_application" ? nil : false
  }
}

// MARK: Records

extension NessusHost {
  /// Everything that identifies the machine.
  func sighting(source: String, at: Instant?) -> Record {
    var record = Record(.host_sighting, place: "L\(line)", at: at)
    record["source"] = .text(source)
    record["ref"] = .text(name)
    let machine = Self.machine(inURL: name)
    let isAddress = isIPAddress(machine)
    record["hostname"] = .text(hostname ?? netbiosName ?? (isAddress ? nil : machine))
    record["fqdn"] = .text(fqdn ?? reverseName)
    var all = addresses
    if isAddress, !all.contains(machine) { all.append(machine) }
    record["addresses"] = .list(all.isEmpty ? nil : all)
    record["macs"] = .list(macs.isEmpty ? nil : macs.map { $0.lowercased() })
    record["agent_id"] = .text(hostUUID ?? biosUUID)
    record["os"] = .text(os)
    return record
  }
}

/// Whether a text is an IPv4 or IPv6 address.
func isIPAddress(_ text: String) -> Bool {
  let bytes = text.utf8
  if bytes.contains(UInt8(ascii: ":")) {
    return bytes.allSatisfy { "0123456789abcdefABCDEF:.".utf8.contains($0) }
  }
  let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
  return parts.count == 4 && parts.allSatisfy { UInt8(Substring($0)) != nil }
}

/// One host of the scan as its records need it, merged from all ReportHosts of this name.
struct NessusHostSummary {
  var line: Int
  var seen: Bool?
  var credentialed: Bool?
  var start: Instant?
  var end: Instant?
  /// Every ReportHost of this name was scanned to its end.
  var isFinished: Bool
  var findings: Int
  var note: String?

  /// A merged file repeats a host: seen when seen once; credentialed and finished only when it
  /// always was, since an absent finding counts as fixed then.
  mutating func merge(_ other: NessusHostSummary) {
    seen = seen == true || other.seen == true ? true : seen ?? other.seen
    credentialed =
      credentialed == false || other.credentialed == false
      ? false : (credentialed == nil || other.credentialed == nil ? nil : true)
    start = [start, other.start].compactMap { $0 }.min()
    end = [end, other.end].compactMap { $0 }.max()
    isFinished = isFinished && other.isFinished
    findings += other.findings
    note = [note, other.note].compactMap { $0 }.joined(separator: " | ")
  }

  func record(scan: String, host: String) -> Record {
    var record = Record(.scan_host, place: "L\(line)", at: end ?? start)
    record["scan_id"] = .text(scan)
    record["asset_id"] = .text(host)
    record["seen"] = .flag(seen)
    record["credentialed"] = .flag(credentialed)
    record["started_at"] = .instant(start)
    // Nessus writes HOST_END only when a host was scanned to the end, so without it an absent
    // finding does not mean that the finding was fixed.
    record["ended_at"] = .instant(isFinished ? end : nil)
    record["findings"] = .integer(findings)
    record["credential_note"] = .text(note)
    return record
  }
}
