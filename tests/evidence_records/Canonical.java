// The canonical forms of the first element inside the outermost one of each file, by the XML security library
// of the JDK: words are a file and a method each time; every form is followed by a zero octet.
import com.sun.org.apache.xml.internal.security.Init;
import com.sun.org.apache.xml.internal.security.c14n.Canonicalizer;
import java.io.File;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Node;

class Canonical {
    public static void main(String[] words) throws Exception {
        Init.init();
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        for (int at = 0; at < words.length; at += 2) {
            File file = new File(words[at]);
            Node node = factory.newDocumentBuilder().parse(file).getDocumentElement().getFirstChild();
            while (node.getNodeType() != Node.ELEMENT_NODE) {
                node = node.getNextSibling();
            }
            Canonicalizer.getInstance(words[at + 1]).canonicalizeSubtree(node, System.out);
            System.out.write(0);
        }
        System.out.flush();
    }
}
