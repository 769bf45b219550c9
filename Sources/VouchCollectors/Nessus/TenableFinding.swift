import VouchModel

/// A finding with its own dates and state, as Tenable's platforms list them. Several formats
/// share it; a single scan's results are observations instead.
struct TenableFinding {
  /// The name under which the export lists the machine.
  let host: String
  let place: String
  var plugin = Plugin(id: "", name: "")
  var port = 0
  /// `tcp`, `udp`, `icmp`, or another word the export uses.
  var transport = "tcp"
  /// 0 to 4; nil unknown.
  var severity: Int?
  var firstSeen: Instant?
  var lastSeen: Instant?
  var lastFixed: Instant?
  var isFixed = false
  /// Accepted in the tool, which hides it there; it is not fixed. Nil when it does not say.
  var isAccepted: Bool?
  /// On CISA's list; nil when the export has no references.
  var isKnownExploited: Bool?
  var source = "tenable_vm"

  init(host: String, place: String) {
    self.host = host
    self.place = place
  }

  /// Takes the state in the words of the workbench (New, Active, Resurfaced, Fixed) or of the
  /// export interface (OPEN, REOPENED, FIXED).
  ///
  /// - Returns: a problem when it is none of these; the finding counts as open then.
  mutating func setState(_ state: String?, _ reading: Reading, format: String) -> Diagnostic? {
    switch state?.uppercased() {
    case "FIXED": isFixed = true
    case "NEW", "ACTIVE", "RESURFACED", "OPEN", "REOPENED": isFixed = false
    default:
      return Diagnostic(
        "\(format).unknown-state", .error, at: reading.item.at(place),
        "the state of a finding is none that Tenable documents",
        why: "it is counted as open, since only the state FIXED says that it is gone",
        fix: "look at the finding in Tenable, and report the new word")
    }
    return nil
  }

  /// `host|plugin|port/transport`.
  var key: String { "\(host)|\(plugin.id)|\(port)/\(transport)" }

  var record: Record {
    var record = Record(.finding, place: place, at: isFixed ? lastFixed ?? lastSeen : lastSeen)
    record["finding_key"] = .text(key)
    record["asset_id"] = .text(host)
    record["app"] = plugin.app.isEmpty ? .null : .text(plugin.app)
    record["cves"] = .list(plugin.cves)
    record["plugin_id"] = .text(plugin.id)
    record["severity"] = .text(Self.word(severity))
    record["severity_rank"] = .integer(severity)
    record["score"] = .real(plugin.score)
    record["first_seen"] = .instant(firstSeen)
    record["last_seen"] = .instant(lastSeen)
    // A finding that resurfaced keeps the date of its last fix; it is open all the same.
    record["fixed_at"] = .instant(isFixed ? lastFixed : nil)
    record["closed_by"] = isFixed ? .text("scan") : .null
    record["fix_available_at"] = .instant(plugin.fixAvailableAt)
    record["kev"] = .flag(isKnownExploited)
    record["accepted_in_scanner"] = .flag(isAccepted)
    record["source"] = .text(source)
    record["name"] = .text(plugin.name)
    return record
  }

  static func word(_ severity: Int?) -> String {
    guard let severity, (0...4).contains(severity) else { return "unknown" }
    return ["none", "low", "medium", "high", "critical"][severity]
  }

  /// 0 to 4 for Tenable's words, in any case; nil for others.
  static func rank(_ word: String) -> Int? {
    switch word.lowercased() {
    case "info", "informational", "none": 0
    case "low": 1
    case "medium": 2
    case "high": 3
    case "critical": 4
    default: nil
    }
  }
}

/// A time of Tenable's platforms: ISO 8601 with an offset; nil without one.
func tenableInstant(_ text: String) -> Instant? { WrittenTime(iso: text)?.instant }

/// Findings of a listing that may have several rows for one: Tenable's CSV exports write one row
/// for each CVE.
struct TenableFindings {
  private var findings: [TenableFinding] = []
  private var positions: [String: Int] = [:]
  private var index = CVEIndex()

  /// Adds a row. The first row of a finding is its record, of the others the CVE ids are added.
  ///
  /// Items of severity 0 inform and are no vulnerabilities (kpis.md, K4), so they are left out.
  mutating func add(_ finding: TenableFinding) {
    if finding.severity == 0 { return }
    let position = positions[finding.key] ?? findings.count
    let cves = finding.plugin.cves.joined(separator: ",")
    if position == findings.count {
      positions[finding.key] = position
      findings.append(finding)
      findings[position].plugin.cves = []
    }
    index.add(cves, to: &findings[position].plugin, number: position)
  }

  func report(to reading: Reading) {
    reading.provides(.finding)
    for finding in findings { reading.append(finding.record) }
  }
}

/// One machine of a Tenable listing, reported once however many findings it has.
struct TenableHost {
  /// The name that its findings use.
  let ref: String
  var hostname: String?
  var fqdn: String?
  var addresses: [String] = []
  var macs: [String] = []
  var agentID: String?
  var cloudID: String?
  var os: String?

  init(ref: String) { self.ref = ref }

  func record(source: String, place: String, at: Instant?) -> Record {
    var record = Record(.host_sighting, place: place, at: at)
    record["source"] = .text(source)
    record["ref"] = .text(ref)
    record["hostname"] = .text(hostname)
    record["fqdn"] = .text(fqdn)
    // Exports write placeholders where an address is withheld.
    let addresses = addresses.filter(isIPAddress)
    record["addresses"] = .list(addresses.isEmpty ? nil : addresses)
    let macs = macs.map { $0.lowercased() }.filter(isHardwareAddress)
    record["macs"] = .list(macs.isEmpty ? nil : macs)
    record["agent_id"] = .text(agentID)
    record["cloud_id"] = .text(cloudID)
    record["os"] = .text(os)
    return record
  }
}

/// Six or more pairs of hexadecimal digits, joined by colons or hyphens.
func isHardwareAddress(_ text: String) -> Bool {
  let parts = text.split(whereSeparator: { $0 == ":" || $0 == "-" })
  return parts.count >= 6 && parts.allSatisfy { $0.count == 2 && UInt8($0, radix: 16) != nil }
}
