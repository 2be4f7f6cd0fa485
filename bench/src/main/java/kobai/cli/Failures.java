package kobai.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns what goes wrong into messages and exit codes. */
final class Failures {
  // picocli's introduction to what a converter says: Invalid value for option '--name' (<label>):
  // ...
  private static final Pattern CONVERSION =
      Pattern.compile("Invalid value for [^']*'([^']+)'[^:]*: (.*)", Pattern.DOTALL);

  private Failures() {}

  /**
   * The execution strategy: help if asked for, else all violations of the command line, else the
   * command.
   */
  static int execute(ParseResult result) {
    Integer helped = CommandLine.executeHelpRequest(result);
    if (helped != null) {
      return helped;
    }
    List<CommandLine> commands = result.asCommandLineList();
    CommandLine last = commands.get(commands.size() - 1);
    Set<String> messages = new LinkedHashSet<>(); // a set, since picocli repeats itself at times
    for (CommandLine command : commands) {
      for (Exception error : command.getParseResult().errors()) {
        messages.addAll(messages(error, command));
      }
    }
    boolean incomplete =
        !last.getSubcommands().isEmpty() && !(last.getCommand() instanceof Callable<?>);
    if (messages.isEmpty() && incomplete) {
      messages.add(
          "a command is missing; one of " + String.join(", ", last.getSubcommands().keySet()));
    }
    if (messages.isEmpty()) {
      return new RunLast().execute(result);
    }
    if (last.getCommand() instanceof Checked checked) {
      var violations = new Violations();
      checked.check(violations);
      messages.addAll(violations.messages());
    }
    print(messages, last);
    last.getErr().println("Try '" + last.getCommandSpec().qualifiedName() + " --help'.");
    return Main.USAGE;
  }

  /**
   * Reports what a command threw. IllegalArgumentException is the user's input: its message, exit
   * code 2. Anything else is a fault of the program: one line that says where the stack trace was
   * written.
   */
  static int report(Throwable failure, CommandLine command, boolean debug) {
    boolean input = failure instanceof IllegalArgumentException && failure.getMessage() != null;
    if (input) {
      print(failure.getMessage().lines().toList(), command);
    }
    if (debug) {
      failure.printStackTrace(command.getErr());
    }
    if (!input) {
      print(List.of(headline(failure) + (debug ? "" : " " + trace(failure))), command);
    }
    return input ? Main.USAGE : Main.INTERNAL_ERROR;
  }

  private static void print(Iterable<String> messages, CommandLine command) {
    for (String message : messages) {
      command.getErr().println(command.getCommandSpec().qualifiedName() + ": " + message);
    }
  }

  private static String headline(Throwable failure) {
    if (failure instanceof OutOfMemoryError) {
      return "out of memory (%s) with a heap of %d MiB; give more by KOBAI_JVM_ARGS=-Xmx..., or ask for smaller sizes."
          .formatted(failure.getMessage(), Runtime.getRuntime().maxMemory() >> 20);
    }
    String kind = failure instanceof IOException ? "input or output failed: " : "internal error: ";
    return kind + String.valueOf(failure).lines().findFirst().orElse("") + ".";
  }

  /** Writes the stack trace to a new file and says where. */
  private static String trace(Throwable failure) {
    var text = new StringWriter();
    failure.printStackTrace(new PrintWriter(text, true));
    try {
      Path file = Files.createTempFile("kobai-error-", ".txt");
      Files.writeString(file, text.toString());
      return "Stack trace: " + file;
    } catch (IOException e) {
      return "The stack trace could not be written (" + e + "); --debug shows it.";
    }
  }

  static List<String> messages(Exception error, CommandLine command) {
    if (error instanceof UnmatchedArgumentException unmatched) {
      return unmatched(unmatched, command.getCommandSpec());
    }
    String message = String.valueOf(error.getMessage());
    if (error instanceof ParameterException) {
      var conversion = CONVERSION.matcher(message);
      if (conversion.matches()) {
        return List.of(conversion.group(1) + " = " + conversion.group(2));
      }
    }
    return List.of(message);
  }

  /**
   * Words that mean nothing to the command. What follows an unknown option is taken to be its
   * value.
   */
  private static List<String> unmatched(UnmatchedArgumentException error, CommandSpec spec) {
    List<String> messages = new ArrayList<>();
    boolean value = false;
    for (String word : error.getUnmatched()) {
      if (word.startsWith("-")) {
        String name = word.split("=", 2)[0];
        messages.add(
            "unknown option " + name + Nearest.suggestion(name, spec.optionsMap().keySet()));
        value = !word.contains("=");
      } else if (!spec.subcommands().isEmpty()) {
        messages.add(unknownCommand(word, spec));
        return messages; // what follows belongs to that command
      } else if (!value) {
        messages.add("unexpected argument " + word);
      } else {
        value = false;
      }
    }
    return messages;
  }

  private static String unknownCommand(String word, CommandSpec spec) {
    Set<String> names = spec.subcommands().keySet();
    return "unknown command %s%s; one of %s"
        .formatted(word, Nearest.suggestion(word, names), String.join(", ", names));
  }
}
