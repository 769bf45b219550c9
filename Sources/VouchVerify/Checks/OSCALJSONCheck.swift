import VouchModel

/// The OSCAL documents as JSON, for tools that read nothing else, against the XML.
///
/// Every attribute and plain value of the XML has to stand in the JSON as often, and no element
/// may have been added; the wording of descriptions is not compared, since JSON has Markdown.
enum OSCALJSONCheck {
  private static let folder = "data/oscal-json"

  static func run(_ context: Context, _ documents: [OSCALDocument.Kind: OSCALDocument]) -> Check {
    var check = Check("oscal-json", "The OSCAL documents as JSON say what the XML says")
    guard context.package.files.keys.contains(where: { $0.isIn(folder) }) else {
      return check.skipping("the package has no OSCAL documents as JSON")
    }
    for kind in OSCALDocument.Kind.allCases {
      let path = BagPath("\(folder)/\(kind.rawValue).json")
      guard let document = documents[kind], let bytes = context.bytes(path, for: &check) else {
        continue
      }
      do throws(JSONError) {
        compare(try JSON.parse(bytes), with: document, at: path, &check)
      } catch {
        check.find("malformed", "\(path):\(error.line)", error.text)
      }
    }
    return check.sorted()
  }

  private static func compare(
    _ json: JSON, with document: OSCALDocument, at path: BagPath, _ check: inout Check
  ) {
    guard json.object?.map(\.key) == [document.kind.root] else {
      check.find("root", path, "is not the one <\(document.kind.root)> it should be")
      return
    }
    var texts = Texts()
    texts.gather(json)
    for (value, count) in document.values where texts.counts[value, default: 0] < count {
      check.find(
        "differs", path, "lacks a value that \(document.kind.path) has", expected: value,
        actual: "\(texts.counts[value, default: 0]) of \(count)")
    }
    for uuid in texts.uuids where document.uuids[uuid] == nil {
      check.find(
        "differs", path, "has an element that \(document.kind.path) does not have", actual: uuid)
    }
  }

  /// Every text of a document, and the uuids of its elements.
  private struct Texts {
    var counts: [String: Int] = [:]
    var uuids: Set<String> = []

    mutating func gather(_ json: JSON) {
      switch json {
      case .string(let text): counts[text, default: 0] += 1
      case .number(let text): counts[text, default: 0] += 1
      case .bool(let value): counts[value ? "true" : "false", default: 0] += 1
      case .array(let elements): for element in elements { gather(element) }
      case .object(let members):
        for (key, value) in members {
          if key == "uuid", let uuid = value.string { uuids.insert(uuid) }
          gather(value)
        }
      case .null: break
      }
    }
  }
}
