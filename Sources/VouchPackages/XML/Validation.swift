import Foundation
import VouchModel

/// Holds the XML of a package against the schemas: ours always, NIST's when they are there.
final class Validation {
  /// Which of our schemas a document belongs to.
  enum Kind { case oscal, package }

  private let oscal: XMLSchema
  private let package: XMLSchema
  private let folder: String?
  private var theirs: [String: XMLSchema] = [:]

  /// - Parameters:
  ///   - files: the files in force, with our schemas among them.
  ///   - folder: NIST's schemas, `oscal_catalog_schema.xsd` and so on; nil when there are none.
  init(_ files: [PackageFile], folder: String?) throws {
    oscal = try Self.own("oscal-subset.xsd", files)
    package = try Self.own("package.xsd", files)
    self.folder = folder
  }

  /// Throws a ``Refusal`` that names every fault by line.
  ///
  /// - Parameter name: the document's path in the package, for messages.
  func check(
    _ path: String, as name: String, kind: Kind, visitor: (any XMLVisitor)? = nil
  ) throws {
    let own = kind == .oscal ? oscal : package
    let theirs = kind == .oscal ? try theirs(for: name) : nil
    // Readings of one file go side by side; a visitor costs as much time as a schema.
    var others: [Background<XMLFaults>] = []
    if let theirs { others.append(Background { try XMLPass.read(path, schema: theirs) }) }
    if let visitor {
      let handed = Handed(visitor)
      others.append(
        Background { try XMLPass.read(path, schema: nil, visitor: handed.visitor) })
    }
    let first = Result { try XMLPass.read(path, schema: own) }
    let all = [first] + others.map { other in Result { try other.value() } }
    for faults in all { try Self.refuse(try faults.get(), in: name) }
  }

  /// A visitor that another thread uses until it is waited for.
  private struct Handed: @unchecked Sendable {
    let visitor: any XMLVisitor
    init(_ visitor: any XMLVisitor) { self.visitor = visitor }
  }

  static func refuse(_ faults: XMLFaults, in name: String) throws {
    if faults.count == 0 { return }
    let more = faults.count - faults.all.count
    var diagnostics = faults.all.map {
      Diagnostic(
        "package.invalid-xml", .error, at: "\(name):\($0.line)", $0.text,
        why: "a package with XML that other tools reject is not finished",
        fix: "if a template of the workspace differs from the built-in one, look there; "
          + "otherwise report this")
    }
    if more > 0 {
      diagnostics.append(Diagnostic("package.invalid-xml", .error, at: name, "and \(more) more"))
    }
    throw Refusal(.data, diagnostics)
  }

  private static func own(_ name: String, _ files: [PackageFile]) throws -> XMLSchema {
    let path = XMLTemplates.folder + name
    guard let file = files.first(where: { $0.path == path }) else {
      throw Refusal(
        .data,
        Diagnostic(
          "package.schema", .error, at: path, "this schema is not among the files in force",
          why: "without it nobody knows whether the package's XML is right",
          fix: "restore the file"))
    }
    return try XMLSchema(file.bytes, name: path)
  }

  /// NIST's schema for a document; nil when no folder was given.
  private func theirs(for name: String) throws -> XMLSchema? {
    guard let folder else { return nil }
    let model =
      switch name {
      case PackageLayout.assessmentPlan: "assessment-plan"
      case PackageLayout.assessmentResults: "assessment-results"
      default: "catalog"
      }
    if let schema = theirs[model] { return schema }
    let path = "\(folder)/oscal_\(model)_schema.xsd"
    guard let data = FileManager.default.contents(atPath: path) else {
      throw Refusal.io("read", path, ENOENT)
    }
    let schema = try XMLSchema(Array(data), name: path)
    theirs[model] = schema
    return schema
  }
}

/// Something that runs on a thread of its own until its result is asked for.
final class Background<Value>: @unchecked Sendable {
  private let done = DispatchSemaphore(value: 0)
  private var result: Result<Value, any Error>?

  init(_ body: @escaping @Sendable () throws -> Value) {
    Thread.detachNewThread { [self] in
      result = Result(catching: body)
      done.signal()
    }
  }

  /// Waits for the result; call it once.
  func value() throws -> Value {
    done.wait()
    guard let result else { preconditionFailure("the thread ended without a result") }
    return try result.get()
  }
}
