import VouchModel

/// Gives templates by their path in the workspace: `templates/packages/soc2/index.html.mustache`.
///
/// A workspace's own file of that path wins over the built-in one, which is for the caller to
/// decide.
public protocol TemplateSource: Sendable {
  /// The file's text; nil when there is no such file.
  func template(_ path: String) -> TemplateFile?
}

/// A template file as it is in force.
public struct TemplateFile: Sendable, Hashable {
  public let path: String
  public let text: String
  /// The workspace's own, not the built-in one; the package says so.
  public let isOwn: Bool

  public init(path: String, text: String, isOwn: Bool = false) {
    self.path = path
    self.text = text
    self.isOwn = isOwn
  }
}
