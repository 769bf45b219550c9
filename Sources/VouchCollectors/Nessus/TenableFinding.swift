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
  /// Accepted in the tool, which hides it there; it is not fixed.
  var isAccepted = false
  var source = "tenable_vm"

  init(host: String, place: String) {
    self.host = host
    self.place = place
  }

  /// Takes the state in the words of the workbench (New, Active, Resurfaced, Fixed) or of the
  /// export interface (OPEN, REOPENED, FIXED).
  mutating func setState(_ state: String?, _ reading: Reading, format: String) {
    switch state?.uppercased() {
    case "FIXED": isFixed = true
    case "NEW", "ACTIVE", "RESURFACED", "OPEN", "REOPENED": isFixed = false
    default:
      reading.diagnose(
        Diagnostic(
          "\(format).unknown-state", .error, at: reading.item.at(place),
          "the state of a finding is none that Tenable documents",
          why: "it is counted as open, since only the state FIXED says that it is gone",
          fix: "look at the finding in Tenable, and report the new word"))
    }
  }

  var record: Record {
    var record = Record(.finding, place: place, at: isFixed ? lastFixed ?? lastSeen : lastSeen)
    record["finding_key"] = .text("\(host)|\(plugin.id)|\(port)/\(transport)")
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
    record["kev"] = .flag(plugin.kev)
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
