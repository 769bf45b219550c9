import VouchModel
import Yams

/// All control files, criteria and default parameters of a workspace.
public struct ControlLibrary: Sendable {
  public let files: [ControlFile]
  public let kpis: [KPIFile]
  public let criteria: [Criterion]
  public let defaults: [Engagement.Parameter]
  public let diagnostics: [Diagnostic]

  /// Loads the templates.
  ///
  /// - Parameter templates: name below `templates/` and text, the workspace's own in front of
  ///   the built-in ones.
  public init(templates: [(name: String, text: String)]) {
    var files: [String: ControlFile] = [:]
    var diagnostics: [Diagnostic] = []
    var criteria: [Criterion] = []
    var kpis: [KPIFile] = []
    var defaults: [Engagement.Parameter] = []
    for (name, text) in templates.sorted(by: { $0.name < $1.name }) {
      if name.hasPrefix("controls/"), name.hasSuffix(".yaml") {
        let (file, problems) = ControlLoader.load(text, file: "templates/\(name)")
        diagnostics += problems
        guard let file else { continue }
        if let other = files[file.control.id] {
          diagnostics.append(
            Diagnostic(
              "control.duplicate", .error, at: file.control.file,
              "control '\(file.control.id)' is also defined in \(other.control.file)",
              why: "an id names one control", fix: "give one of them another id"))
          continue
        }
        files[file.control.id] = file
      } else if name.hasPrefix("kpis/"), name.hasSuffix(".yaml") {
        let (kpi, problems) = KPIFile.load(text, file: "templates/\(name)")
        diagnostics += problems
        if let kpi { kpis.append(kpi) }
      } else if name == "criteria.yaml" {
        let (loaded, problems) = Self.criteria(text)
        criteria = loaded
        diagnostics += problems
      } else if name == "parameters.yaml" {
        let reader = YAMLReader(file: "templates/\(name)", topic: "parameters")
        if let map = reader.open(text) { defaults = Self.parameters(map, zone: .utc) }
        diagnostics += reader.problems
      }
    }
    self.files = files.values.sorted { $0.control.id < $1.control.id }
    // K2 comes before K10.
    self.kpis = kpis.sorted { ($0.id.count, $0.id) < ($1.id.count, $1.id) }
    self.criteria = criteria
    self.defaults = defaults
    self.diagnostics = diagnostics
  }

  public func control(_ id: String) -> ControlFile? { files.first { $0.control.id == id } }

  /// Parameters of a mapping: plain values, tables by key, or a list of `{from, value}`.
  public static func parameters(_ map: YAMLReader.Map, zone: Zone) -> [Engagement.Parameter] {
    var all: [Engagement.Parameter] = []
    func add(_ name: String, _ node: Node, from: Instant?) {
      if case .mapping(let table) = node {
        for (key, value) in table {
          all.append(
            .init(name: name, key: key.scalar?.string ?? "", value: value.recordValue, from: from))
        }
      } else {
        all.append(.init(name: name, key: "", value: node.recordValue, from: from))
      }
    }
    for (name, node) in map.entries() {
      guard case .sequence(let steps) = node else {
        add(name, node, from: nil)
        continue
      }
      for step in steps {
        guard let entry = map.sub(name, step) else { continue }
        defer { entry.end() }
        let from = entry.instant("from", zone: zone)
        if let value = entry.node("value") {
          add(name, value, from: from)
        } else {
          entry.missing("value")
        }
      }
    }
    return all
  }

  private static func criteria(_ text: String) -> ([Criterion], [Diagnostic]) {
    let reader = YAMLReader(file: "templates/criteria.yaml", topic: "criteria")
    guard let map = reader.open(text) else { return ([], reader.problems) }
    let all = map.maps("criteria").map { entry in
      let category = entry.string("category") ?? ""
      return Criterion(
        id: entry.required("id"), category: Category(rawValue: category),
        title: entry.required("title"), paraphrase: entry.required("paraphrase"),
        automatable: entry.required("automatable"), technical: entry.required("technical"),
        manual: entry.required("manual"))
    }
    var problems = reader.problems
    let ids = Set(all.map(\.id))
    for id in Criterion.ids where !ids.contains(id) {
      problems.append(
        Diagnostic(
          "criteria.missing", .error, at: "templates/criteria.yaml", "criterion '\(id)' is missing",
          why: "all 61 criteria are always listed", fix: "restore the file"))
    }
    for criterion in all where Criterion.order(criterion.id) == .max {
      problems.append(
        Diagnostic(
          "criteria.unknown", .error, at: "templates/criteria.yaml",
          "'\(criterion.id)' is not a trust services criterion", why: "there are 61",
          fix: "remove it"))
    }
    return (all.sorted { Criterion.order($0.id) < Criterion.order($1.id) }, problems)
  }
}
