package io.tocsin.pipeline.normalizer;

import java.util.ArrayList;
import java.util.List;

/// Finds the elements of an XML text that are an event each: all outermost ones, or those at the end of a path.
///
/// Thread-safety: one thread.
final class XmlPieces {
    private final byte[][] steps;

    private byte[] text = {};
    private int textEnd;
    private int at;
    private int start;
    private int end;
    private boolean found;

    /// @param path steps with dots; empty for the outermost elements
    XmlPieces(String path) {
        List<byte[]> names = new ArrayList<>();
        if (!path.isEmpty()) {
            for (String step : path.split("\\.", -1)) {
                names.add(Conversions.bytes(step));
            }
        }
        steps = names.toArray(byte[][]::new);
    }

    void open(byte[] source, int offset, int length) {
        text = source;
        textEnd = offset + length;
        at = offset;
        start = offset;
        end = offset;
        found = false;
        if (steps.length > 0) {
            descend();
        }
    }

    /// Goes to the first element of the path, step by step.
    private void descend() {
        int step = 0;
        while (step < steps.length - 1) {
            at = XmlText.nextElement(text, at, textEnd);
            if (at >= textEnd) {
                return;
            }
            int close = XmlText.tagEnd(text, at, textEnd);
            if (!isNamed(at, steps[step]) || close >= textEnd) {
                at = XmlText.elementEnd(text, at, textEnd);
                continue;
            }
            at = close + 1;
            step++;
        }
    }

    private boolean isNamed(int element, byte[] name) {
        int nameEnd = XmlText.nameEnd(text, element + 1, textEnd);
        return ByteScan.equal(text, XmlText.local(text, element + 1, nameEnd), nameEnd, name);
    }

    /// Goes to the next piece; false when there is none.
    boolean next() {
        int from = ByteScan.skipSpaces(text, end, textEnd);
        while (true) {
            int element = XmlText.nextElement(text, at, textEnd);
            at = element;
            if (element >= textEnd) {
                break;
            }
            at = XmlText.elementEnd(text, element, textEnd);
            if (steps.length == 0) {
                // what stands before an element belongs to it, behind the last one as well
                start = from;
                int following = XmlText.nextElement(text, at, textEnd);
                end = following >= textEnd ? textEnd : at;
                at = following;
                found = true;
                return true;
            }
            if (isNamed(element, steps[steps.length - 1])) {
                start = element;
                end = at;
                found = true;
                return true;
            }
        }
        if (found || start >= textEnd) {
            return false;
        }
        // what holds no such element is one event, so that nothing is lost
        found = true;
        end = textEnd;
        return true;
    }

    int offset() {
        return start;
    }

    int length() {
        return end - start;
    }
}
