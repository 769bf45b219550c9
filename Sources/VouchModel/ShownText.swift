/// Text of others inside a line of ours, for terminals and messages.
extension String {
  /// The text in one line and without anything that could steer a terminal: control characters,
  /// line ends too, and marks that turn the direction of writing become U+FFFD, a tab a space.
  ///
  /// A line end in an export would else begin a line that looks like one of ours.
  public var oneLine: String {
    replacingScalars { scalar in
      switch scalar.value {
      case 0x09: " "
      case 0x0A, 0x0D, 0x2028, 0x2029: "\u{FFFD}"
      default: isControl(scalar) ? "\u{FFFD}" : scalar
      }
    }
  }

  /// As ``oneLine``, but line ends and tabs stay: for cells of tables that quote them.
  public var withoutControls: String {
    replacingScalars { isControl($0) ? "\u{FFFD}" : $0 }
  }

  private func replacingScalars(_ shown: (Unicode.Scalar) -> Unicode.Scalar) -> String {
    guard unicodeScalars.contains(where: { shown($0) != $0 }) else { return self }
    return String(UnicodeScalarView(unicodeScalars.map(shown)))
  }
}

/// C0 and C1 controls but for tab and line ends, and overrides of direction (UAX 9).
func isControl(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case 0x09, 0x0A, 0x0D: false
  case ..<0x20, 0x7F..<0xA0, 0x202A...0x202E, 0x2066...0x2069: true
  default: false
  }
}
