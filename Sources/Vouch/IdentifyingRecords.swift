import GRDB
import VouchModel
import VouchPackages

/// Gathers from a package's records everything that names a machine, a person, a finding or a
/// place: what the public page must not have.
enum IdentifyingRecords {
  /// Columns that classify and do not name: kinds, states, severities, names of tools.
  private static let classifying: Set<String> = [
    "source", "kind", "thing_kind", "status", "severity", "severity_basis", "state", "mode",
    "result", "outcome", "disposition", "direction", "protocol", "action", "chain", "data_class",
    "environment", "closed_by", "transport", "tool", "tool_version", "feed_version", "policy",
    "audience", "response", "unit", "kpi", "role", "roles", "approved_roles", "department",
    "basis", "legal_basis", "purpose", "wipe_method", "method", "http", "issuer", "cipher", "os",
    "languages", "version", "factors", "masking", "location", "benchmark", "tls_versions",
    "control_id", "control_ids", "categories", "covers", "tags", "subject", "course",
    "security_class", "report_kind", "cause", "supersedes", "specification_id",
    "credential_note", "condition", "insurance", "collector", "collector_version", "format",
    "parameters", "priority", "calendar", "resolution", "interruptions", "severity_initial",
    "matched_by", "listing", "partial", "evidence_id", "sha256", "sha256_found", "name_of_measure",
    "family", "transport_protocol", "merge_method", "branch", "trigger", "elements",
    "elements_found", "objectives", "open_ports", "patch_level",
  ]
  /// Columns with words of people: one ordinary word in them, `review`, names nothing.
  private static let prose: Set<String> = [
    "comment", "rule", "refers_to", "title", "statement", "root_cause", "text", "described_by",
    "reason", "item", "query", "description", "summary",
  ]
  /// Tables about what is public anyway: the services and promises that the page lists.
  private static let known: Set<String> = ["service", "commitment", "finding", "metric"]
  /// Columns that name a service.
  private static let serviceColumns: Set<String> = ["service", "service_id", "services"]
  /// Tables that are no record types: the machines, tests and CVEs that findings point to.
  private static let further: [(table: String, columns: [String])] = [
    ("asset_number", ["asset_id"]), ("plugin", ["plugin_id", "name", "app", "cves"]),
    ("cve_number", ["cve"]), ("host_identity", ["ref", "asset_id", "candidates"]),
    ("evidence_item", ["endpoint", "name", "query", "operator", "host"]),
  ]

  /// Where a value is a machine or a person whatever a service is called.
  private static let inventories: Set<String> = ["asset", "account", "person"]

  static func values(of db: Database, engagement: Engagement) throws -> IdentifyingValues {
    let services = try String.fetchAll(
      db,
      sql: "SELECT service_id FROM service UNION SELECT name FROM service WHERE name IS NOT NULL")
    var values = IdentifyingValues(services: Set(services))
    for type in RecordType.all where !known.contains(type.name) {
      for column in type.columns where !classifying.contains(column.name) {
        if serviceColumns.contains(column.name) { continue }
        switch column.kind {
        case .text, .host, .list:
          try add(
            type.name, column.name, db, to: &values,
            isInventory: inventories.contains(type.name))
        case .json: try addLeaves(type.name, column.name, db, to: &values)
        case .integer, .real, .flag, .instant: continue
        }
      }
    }
    for (table, columns) in further {
      for column in columns { try add(table, column, db, to: &values) }
    }
    for value in configured(engagement) { values.add(value, field: "vouch.yaml") }
    return values
  }

  /// Owners, waivers and what is scoped out, which the package knows from its configuration.
  private static func configured(_ engagement: Engagement) -> [String] {
    engagement.adoptions.map(\.owner) + engagement.aliases.flatMap { [$0.key, $0.value] }
      + engagement.waivers.flatMap { [$0.id, $0.item, $0.approver] }
      + engagement.exclusions.filter { $0.kind != "control" && $0.kind != "service" }.flatMap {
        [$0.thing, $0.approver]
      }
      + [engagement.preparedBy]
  }

  private static func add(
    _ table: String, _ column: String, _ db: Database, to values: inout IdentifyingValues,
    isInventory: Bool = false
  ) throws {
    let field = "\(table).\(column)"
    let isProse = prose.contains(column)
    let rows = try String.fetchCursor(
      db,
      sql: "SELECT DISTINCT CAST(\(column) AS TEXT) FROM \(table) WHERE \(column) IS NOT NULL")
    while let text = try rows.next() {
      if text.hasPrefix("["), let json = try? JSON.parse(text.utf8), let elements = json.array {
        for element in elements {
          if let text = element.text { values.add(text, field: field, isInventory: isInventory) }
        }
      } else if !isProse || text.contains(where: { !$0.isLetter }) {
        values.add(text, field: field, isInventory: isInventory)
      }
    }
  }

  /// Texts inside JSON that are more than a word of a setting.
  private static func addLeaves(
    _ table: String, _ column: String, _ db: Database, to values: inout IdentifyingValues
  ) throws {
    func leaves(_ json: JSON) -> [String] {
      switch json {
      case .string(let text): [text]
      case .array(let elements): elements.flatMap(leaves)
      case .object(let members): members.flatMap { leaves($0.value) }
      case .null, .bool, .number: []
      }
    }
    let rows = try String.fetchCursor(
      db, sql: "SELECT DISTINCT \(column) FROM \(table) WHERE \(column) IS NOT NULL")
    while let text = try rows.next() {
      guard let json = try? JSON.parse(text.utf8) else { continue }
      for leaf in leaves(json)
      where leaf.count >= 4 && leaf.contains(where: { "@./\\".contains($0) }) {
        values.add(leaf, field: "\(table).\(column)")
      }
    }
  }
}
