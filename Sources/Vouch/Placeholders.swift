import VouchControls
import VouchModel

/// Finds what nobody has filled in yet since `vouch init`.
enum Placeholders {
  static func find(
    _ organization: YAMLReader.Map?, _ system: YAMLReader.Map?, in file: YAMLReader.Map
  ) -> [Diagnostic] {
    var found: [(text: String, place: String)] = []
    if let organization,
      [NewConfiguration.organization, NewConfiguration.placeholder].contains(
        organization.string("name"))
    {
      found.append(("the organisation has no name yet", organization.place))
    }
    if let system,
      [NewConfiguration.system, NewConfiguration.placeholder].contains(
        system.string("name"))
    {
      found.append(("the system has no name yet", system.place))
    }
    if let system, system.string("description") == NewConfiguration.description {
      found.append(("the system is not described yet", system.place))
    }
    // What is no mapping was reported when the adoptions were read.
    guard case .mapping? = file.node("controls") else { return names(found) }
    return names(found) + owners(file.map("controls"))
  }

  /// One message for organisation and system, at the first thing that is missing.
  private static func names(_ found: [(text: String, place: String)]) -> [Diagnostic] {
    guard let first = found.first else { return [] }
    return [.placeholder(found.map(\.text).joined(separator: ", "), at: first.place)]
  }

  /// One message for all controls without an owner, at the first of them.
  private static func owners(_ controls: YAMLReader.Map?) -> [Diagnostic] {
    var without: [(id: String, place: String)] = []
    for (id, node) in controls?.entries() ?? [] {
      guard case .mapping = node, let entry = controls?.sub(id, node),
        entry.string("owner") == NewConfiguration.placeholder
      else { continue }
      without.append((id, entry.place))
    }
    guard let first = without.first else { return [] }
    let ids = without.map(\.id)
    let shown = ids.prefix(6).joined(separator: ", ") + (ids.count > 6 ? ", ..." : "")
    return [
      .placeholder(
        ids.count == 1
          ? "control \(shown) has no owner yet"
          : "\(ids.count) controls have no owner yet: \(shown)",
        at: first.place)
    ]
  }
}

extension Diagnostic {
  fileprivate static func placeholder(_ text: String, at place: String) -> Diagnostic {
    Diagnostic(
      "config.placeholder", .warning, at: place, text,
      why:
        "a package has to say whose controls these are and who answers for each; 'vouch bundle' refuses placeholders",
      fix: "write it in vouch.yaml in place of what 'vouch init' put there")
  }
}
