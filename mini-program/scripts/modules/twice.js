export default function twice(text) {
    return `${text} ${text}`;
}
