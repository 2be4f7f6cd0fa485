package kobai.report;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** The steps of a safe write, apart, so that a test can let each of them fail. */
interface FileOperations {
  /** The real disk. */
  FileOperations DISK =
      new FileOperations() {
        @Override
        public void writeForced(Path file, byte[] content) throws IOException {
          try (var channel =
              FileChannel.open(
                  file,
                  StandardOpenOption.CREATE,
                  StandardOpenOption.TRUNCATE_EXISTING,
                  StandardOpenOption.WRITE)) {
            var buffer = ByteBuffer.wrap(content);
            while (buffer.hasRemaining()) {
              channel.write(buffer);
            }
            channel.force(true);
          }
        }

        @Override
        public void replace(Path from, Path to) throws IOException {
          Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }

        @Override
        public void forceFolder(Path folder) throws IOException {
          // Only POSIX systems open a folder as a channel; elsewhere the rename is already durable.
          if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
              channel.force(true);
            }
          }
        }
      };

  /** Creates or empties the file, writes all of the content and forces it to the disk. */
  void writeForced(Path file, byte[] content) throws IOException;

  /** Renames in one step, replacing what was there. */
  void replace(Path from, Path to) throws IOException;

  /** Forces the names in the folder to the disk. */
  void forceFolder(Path folder) throws IOException;
}
