import Foundation
import VouchCapture
import VouchCollectors
import VouchControls
import VouchModel

/// Everything that is wrong with a workspace's configuration and rules, found without evidence.
public struct ConfigurationCheck {
  public let problems: [Diagnostic]
  /// One line: what was loaded, and how many problems there are.
  public let summary: String

  public var hasErrors: Bool { problems.contains { $0.severity == .error } }

  /// - Parameter environment: the variables that headers of `http` sources may name.
  public init(
    workspace path: String, environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws {
    let root = Workspace.normal(path)
    guard let data = FileManager.default.contents(atPath: root + "/vouch.yaml") else {
      throw Workspace.noConfiguration(root)
    }
    let text = String(decoding: data, as: UTF8.self)
    let templates = try Templates(workspace: root)
    let library = ControlLibrary(templates: templates.below(""))
    var problems = library.diagnostics + Self.unusedFiles(root)
    var loaded = "\(library.files.count) control templates"
    do {
      let configuration = try Configuration(text: text, file: "vouch.yaml", library: library)
      let places = Places(text)
      problems += configuration.placeholders
      if configuration.engagement.adoptions.isEmpty {
        problems.append(.nothingAdopted(at: places.key("controls")))
      }
      problems += Self.references(configuration, library, places)
      problems += Self.sources(configuration, root, environment, places)
      problems += Self.files(configuration, root, places)
      loaded +=
        ", \(configuration.engagement.adoptions.count) of them adopted, \(configuration.sources.count) sources"
    } catch let refusal as Refusal {
      problems = refusal.diagnostics + problems
    }
    self.problems = problems
    let errors = problems.count { $0.severity == .error }
    let rest = problems.count - errors
    summary =
      "vouch.yaml: \(loaded); "
      + (problems.isEmpty ? "no problem" : "\(errors) errors, \(rest) warnings")
  }

  // MARK: Names that refer to something

  private static func references(
    _ configuration: Configuration, _ library: ControlLibrary, _ places: Places
  ) -> [Diagnostic] {
    let ids = library.files.map(\.control.id)
    let engagement = configuration.engagement
    let adopted = Set(engagement.adoptions.map(\.control))
    var problems: [Diagnostic] = []
    for waiver in engagement.waivers {
      let place = places.item("waivers", "id", waiver.id)
      if !ids.contains(waiver.control) {
        problems.append(
          .noControl(waiver.control, in: "waiver '\(waiver.id)'", among: ids, at: place))
      } else if !adopted.contains(waiver.control) {
        problems.append(.notAdopted(waiver.control, in: "waiver '\(waiver.id)'", at: place))
      }
    }
    for exclusion in engagement.exclusions
    where exclusion.kind == "control" && !ids.contains(exclusion.thing) {
      let place = places.item("exclusions", "control", exclusion.thing)
      problems.append(.noControl(exclusion.thing, in: "an exclusion", among: ids, at: place))
    }
    return problems + parameterKeys(configuration, library, places)
  }

  /// `vuln_sla_days: {critcal: 7}`: a key near to one of the default table is a slip of the pen.
  private static func parameterKeys(
    _ configuration: Configuration, _ library: ControlLibrary, _ places: Places
  ) -> [Diagnostic] {
    let own = configuration.engagement.parameters.dropFirst(library.defaults.count)
    return own.compactMap { parameter in
      let known = library.defaults.filter { $0.name == parameter.name }.map(\.key)
      guard !parameter.key.isEmpty, !known.contains(parameter.key),
        let meant = nearest(to: parameter.key, among: known.filter { !$0.isEmpty })
      else { return nil }
      return Diagnostic(
        "config.parameter-key", .error, at: places.entry("parameters", parameter.name),
        "'\(parameter.key)' in parameter '\(parameter.name)'; did you mean '\(meant)'?",
        why: "no rule would use it, and the default for '\(meant)' would stay in force",
        fix: "write '\(meant)'")
    }
  }

  // MARK: Sources

  private static func sources(
    _ configuration: Configuration, _ root: String, _ environment: [String: String],
    _ places: Places
  ) -> [Diagnostic] {
    configuration.sources.flatMap { source -> [Diagnostic] in
      let place = places.entry("sources", source.name)
      return format(source, place) + transport(source, root, environment, place)
    }
  }

  private static func format(_ source: Source, _ place: String) -> [Diagnostic] {
    let known = Collectors.all.map { $0.format }
    if let format = source.format, !known.contains(format) {
      return [
        Diagnostic(
          "config.format", .error, at: place,
          "source '\(source.name)' names format '\(format)'"
            + (nearest(to: format, among: known).map { "; did you mean '\($0)'?" } ?? ""),
          why: "its evidence would be preserved and not read",
          fix: "vouch sources lists the formats")
      ]
    }
    guard source.format == "table", !source.options.isEmpty else { return [] }
    return TableMapping.read(source.options, source: source.name, at: place).diagnostics
  }

  private static func transport(
    _ source: Source, _ root: String, _ environment: [String: String], _ place: String
  ) -> [Diagnostic] {
    switch source.transport {
    case .file: return []
    case .command(let command):
      guard let program = command.arguments.first, !isThere(program, root, environment) else {
        return []
      }
      return [
        Diagnostic(
          "config.no-program", .warning, at: place,
          "source '\(source.name)' runs '\(program)', which is not installed here",
          why: "'vouch collect' on this machine would note the source as failed",
          fix: "install it, or correct the name")
      ]
    case .http(let request):
      let names = (Array(request.headers.values) + [request.url] + request.query.values)
        .flatMap { $0.matches(of: /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/).map { String($0.1) } }
      return Set(names).sorted().filter { environment[$0, default: ""].isEmpty }.map { name in
        Diagnostic(
          "config.no-variable", .warning, at: place,
          "source '\(source.name)' needs the environment variable \(name), which is not set",
          why: "'vouch collect' would note the source as failed",
          fix: "set it where 'vouch collect' runs; it is never stored")
      }
    }
  }

  private static func isThere(
    _ program: String, _ root: String, _ environment: [String: String]
  ) -> Bool {
    if program.contains("/") {
      let path = program.hasPrefix("/") ? program : "\(root)/\(program)"
      return FileManager.default.isExecutableFile(atPath: path)
    }
    return (environment["PATH"] ?? "").split(separator: ":").contains {
      FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
    }
  }

  // MARK: Files

  private static func files(
    _ configuration: Configuration, _ root: String, _ places: Places
  ) -> [Diagnostic] {
    guard !configuration.requests.isEmpty,
      !FileManager.default.fileExists(atPath: "\(root)/\(configuration.requests)")
    else { return [] }
    return [
      Diagnostic(
        "config.no-requests", .error, at: places.key("requests"),
        "the request list '\(configuration.requests)' is not there",
        why: "'vouch bundle' would refuse", fix: "correct 'requests:' or take it out")
    ]
  }

  /// Files below `templates/controls` that nobody loads, because of their name.
  private static func unusedFiles(_ root: String) -> [Diagnostic] {
    let folder = root + "/templates/controls"
    let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return names.sorted().filter {
      let name = ($0 as NSString).lastPathComponent
      return name.contains(".") && !name.hasPrefix(".") && !name.hasSuffix(".yaml")
        && !name.hasSuffix(".md") && !name.hasSuffix(".schema.json")
    }.map { name in
      Diagnostic(
        "config.unused-file", .warning, at: "templates/controls/\(name)",
        "this file is not read: control files end in .yaml",
        why: "a control in it would count nowhere", fix: "rename it, or take it away")
    }
  }
}

/// Where things stand in `vouch.yaml`.
private struct Places {
  private let map: YAMLReader.Map?

  init(_ text: String) { map = YAMLReader(file: "vouch.yaml", topic: "config").open(text) }

  /// The line of a top key's value.
  func key(_ key: String) -> String {
    map?.node(key)?.mark.map { "vouch.yaml:\($0.line)" } ?? "vouch.yaml"
  }

  /// The line of an entry of a mapping.
  func entry(_ key: String, _ name: String) -> String {
    guard case .mapping(let mapping)? = map?.node(key) else { return self.key(key) }
    let found = mapping.first { $0.key.scalar?.string == name }
    return found?.key.mark.map { "vouch.yaml:\($0.line)" } ?? self.key(key)
  }

  /// The line of the list's item whose `field` has a value.
  func item(_ key: String, _ field: String, _ value: String) -> String {
    guard case .sequence(let list)? = map?.node(key) else { return self.key(key) }
    let found = list.first { $0.mapping?[field]?.scalar?.string == value }
    return found?.mark.map { "vouch.yaml:\($0.line)" } ?? self.key(key)
  }
}

extension Diagnostic {
  fileprivate static func nothingAdopted(at place: String) -> Diagnostic {
    Diagnostic(
      "config.no-controls", .warning, at: place, "no control is adopted",
      why: "nothing would be assessed, and a check of nothing is never all well",
      fix: "name controls under 'controls:', each with its owner; vouch controls lists them")
  }

  fileprivate static func noControl(
    _ id: String, in what: String, among ids: [String], at place: String
  ) -> Diagnostic {
    Diagnostic(
      "config.no-control", .error, at: place,
      "\(what) names control '\(id)'"
        + (nearest(to: id, among: ids).map { "; did you mean '\($0)'?" } ?? ", which does not exist"),
      why: "it would have no effect", fix: "vouch controls lists them all")
  }

  fileprivate static func notAdopted(
    _ id: String, in what: String, at place: String
  ) -> Diagnostic {
    Diagnostic(
      "config.not-adopted", .warning, at: place,
      "\(what) names control '\(id)', which is not adopted", why: "it has no effect",
      fix: "adopt the control under 'controls:', or remove it")
  }
}
