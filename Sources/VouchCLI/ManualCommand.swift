import ArgumentParser
import Foundation
import Vouch
import VouchModel

/// Writes the manual pages that `make install` installs. Hidden: nobody needs it at work.
struct ManualCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "manual-pages",
    abstract: "Write the manual pages vouch.1, vouch-check.1 and so on into a folder.",
    shouldDisplay: false)
  @Argument(help: "The folder.")
  var dir: String

  func run() throws {
    let tool = try JSON.parse(VouchCommand._dumpHelp().utf8)["command"]
    try FileManager.default.createDirectory(atPath: dir, withIntermediateDirectories: true)
    for page in ManualPage.pages(of: tool) {
      try page.text.write(toFile: "\(dir)/\(page.name).1", atomically: true, encoding: .utf8)
    }
  }
}

/// One page in the man(7) macros, from what ArgumentParser knows of a command.
struct ManualPage {
  let name: String
  let text: String

  /// The program's own page and one for each command; commands of a command stand in its page.
  static func pages(of tool: JSON) -> [ManualPage] {
    let commands = shown(tool["subcommands"].elements)
    let main = page(
      "vouch", tool, synopsis: [".B vouch", ".I command", "[\\fIoptions\\fR]"],
      body: [".SH COMMANDS"] + commands.flatMap(entry) + files + statuses,
      related: commands.map(name))
    return [main]
      + commands.map { command in
        page(
          "vouch-\(name(command))", command,
          synopsis: [".B vouch \(escaped(name(command)))"] + usage(command),
          body: options(command) + subcommands(command) + statuses, related: [])
      }
  }

  private static func page(
    _ name: String, _ command: JSON, synopsis: [String], body: [String], related: [String]
  ) -> ManualPage {
    let head = [
      ".TH \(name.uppercased()) 1 \"\" \"vouch \(VouchVersion.number)\" \"User Commands\"",
      ".SH NAME", "\(escaped(name)) \\- \(escaped(withoutStop(text(command, "abstract"))))",
      ".SH SYNOPSIS",
    ]
    let see = name == "vouch" ? related.map { "vouch-\($0)" } : ["vouch"]
    let foot = [
      ".SH SEE ALSO",
      see.map { ".BR \(escaped($0)) (1)" }.joined(separator: ",\n"),
    ]
    let lines = head + synopsis + discussion(text(command, "discussion")) + body + foot
    return ManualPage(name: name, text: lines.joined(separator: "\n") + "\n")
  }

  // MARK: Parts

  private static func entry(_ command: JSON) -> [String] {
    [".TP", ".BR vouch\\-\(escaped(name(command))) (1)", escaped(text(command, "abstract"))]
  }

  private static func usage(_ command: JSON) -> [String] {
    let arguments = shown(command["arguments"].elements)
    let positional = arguments.filter { text($0, "kind") == "positional" }.map { argument in
      let word = "\\fI\(escaped(text(argument, "valueName")))\\fR"
      return isTrue(argument, "isOptional") ? "[\(word)]" : word
    }
    let hasOptions = arguments.contains { text($0, "kind") != "positional" }
    return (hasOptions ? ["[\\fIoptions\\fR]"] : []) + positional
  }

  private static func options(_ command: JSON) -> [String] {
    let arguments = shown(command["arguments"].elements)
    return arguments.isEmpty ? [] : [".SH OPTIONS"] + arguments.flatMap(option)
  }

  private static func option(_ argument: JSON) -> [String] {
    let value = "\\fI\(escaped(text(argument, "valueName")))\\fR"
    let names = argument["names"].elements.map { name in
      "\\fB\(escaped((text(name, "kind") == "long" ? "--" : "-") + text(name, "name")))\\fR"
    }.joined(separator: ", ")
    let head =
      text(argument, "kind") == "positional"
      ? value : text(argument, "kind") == "flag" ? names : "\(names) \(value)"
    var about = text(argument, "abstract")
    let fallback = text(argument, "defaultValue")
    if !fallback.isEmpty { about += " (default: \(fallback))" }
    return [".TP", head, escaped(about)]
  }

  private static func subcommands(_ command: JSON) -> [String] {
    shown(command["subcommands"].elements).flatMap { sub in
      [".SH \"vouch \(escaped(name(command)).uppercased()) \(escaped(name(sub)).uppercased())\""]
        + [escaped(text(sub, "abstract"))] + plain(text(sub, "discussion"))
        + shown(sub["arguments"].elements).flatMap(option)
    }
  }

  /// Running text, and what is indented as it stands.
  private static func discussion(_ text: String) -> [String] {
    text.isEmpty ? [] : [".SH DESCRIPTION"] + plain(text)
  }

  private static func plain(_ text: String) -> [String] {
    var lines: [String] = []
    for line in text.components(separatedBy: "\n") {
      if line.isEmpty {
        lines.append(".PP")
      } else if line.hasPrefix("  ") {
        lines += [".br", "\\&\(escaped(line))"]
      } else if line.hasSuffix(":") {
        lines += [".PP", escaped(line)]
      } else {
        lines.append(escaped(line))
      }
    }
    return lines
  }

  private static let files = [
    ".SH FILES", ".TP", ".I vouch.yaml",
    "Whose controls are evaluated, over which period, from which sources.",
    ".TP", ".I evidence/", "What was collected, by its SHA\\-256, and the custody ledger.",
    ".TP", ".I output/", "Packages.",
    ".TP", ".I .vouch/", "A cache of the records; always rebuilt from the evidence.",
  ]

  private static let statuses =
    [".SH EXIT STATUS"]
    + [
      ("0", "All is well."),
      ("1", "The answer is not \"all well\": a control does not pass, a package does not verify."),
      ("64", "The command line is wrong."),
      ("65", "Evidence, a control or the configuration is bad."), ("66", "No such input."),
      ("74", "Reading or writing failed."), ("75", "Another vouch holds the workspace."),
    ].flatMap { [".TP", ".B \($0.0)", $0.1] }

  // MARK: Words

  private static func shown(_ list: [JSON]) -> [JSON] {
    list.filter {
      ($0.has("shouldDisplay") ? isTrue($0, "shouldDisplay") : true) && name($0) != "help"
    }
  }

  private static func name(_ command: JSON) -> String { text(command, "commandName") }

  private static func text(_ json: JSON, _ key: String) -> String { json[key].string ?? "" }

  private static func isTrue(_ json: JSON, _ key: String) -> Bool {
    if case .bool(true) = json[key] { true } else { false }
  }

  private static func withoutStop(_ text: String) -> String {
    text.hasSuffix(".") ? String(text.dropLast()) : text
  }

  /// Text that roff takes as it is.
  private static func escaped(_ text: String) -> String {
    let safe = text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
      .replacing("…", with: "...")
    return safe.hasPrefix(".") || safe.hasPrefix("'") ? "\\&" + safe : safe
  }
}
