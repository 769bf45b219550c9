import Foundation

/// Names that every file system and archive tool takes, and takes as different.
enum NamesCheck {
  static func run(_ package: any PackageContents) -> Check {
    var check = Check("names", "Every file is a plain file with a name that is safe and its own")
    check.findings = package.refused
    for path in package.files.keys {
      if let reason = unsafeReason(path) { check.find("unsafe", path, reason) }
    }
    findCollisions(package.files.keys.sorted(), &check)
    check.note = "\(package.files.count) files"
    return check
  }

  private static func unsafeReason(_ path: BagPath) -> String? {
    for part in path.text.split(separator: "/", omittingEmptySubsequences: false) {
      if part.utf8.contains(UInt8(ascii: "\\")) || part.utf8.contains(UInt8(ascii: ":")) {
        return "the name has a character that separates folders or drives elsewhere"
      }
      if part.unicodeScalars.contains(where: { isInvisible($0) }) {
        return "the name has a character that cannot be seen"
      }
      if part.first == " " || part.last == " " || part.last == "." {
        return "the name begins or ends with a character that Windows drops"
      }
      if part.utf8.count > 255 { return "the name is longer than file systems take" }
    }
    return nil
  }

  private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned: true
    default: false
    }
  }

  /// Two names are one to a file system that ignores case or composes letters, and a name
  /// cannot be both a file and a folder.
  private static func findCollisions(_ paths: [BagPath], _ check: inout Check) {
    struct Place: Equatable {
      let path: BagPath
      let isFolder: Bool
    }
    // Text compares by canonical equivalence, which is what is wanted here.
    var seen: [String: Place] = [:]
    for path in paths {
      var place = Place(path: path, isFolder: false)
      while !place.path.text.isEmpty {
        let folded = place.path.text.lowercased()
        if let other = seen[folded] {
          if other != place {
            check.find("collision", place.path, "is one name with \(other.path) on some systems")
          }
          if place.isFolder { break }
        } else {
          seen[folded] = place
        }
        place = Place(path: BagPath(String(place.path.folder)), isFolder: true)
      }
    }
  }
}
